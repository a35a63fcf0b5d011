namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>The return values that are told apart here (PKCS#11 3.0, section 5.1); any other is an error of the device.</summary>
internal enum ReturnValue : ulong
{
    Ok = 0x0,
    ArgumentsBad = 0x7,
    AttributeTypeInvalid = 0x12,
    DataInvalid = 0x20,
    DataLengthRange = 0x21,
    EncryptedDataInvalid = 0x40,
    EncryptedDataLengthRange = 0x41,
    AeadDecryptFailed = 0x42,
    KeyHandleInvalid = 0x60,
    KeyTypeInconsistent = 0x63,
    KeyFunctionNotPermitted = 0x68,
    ActionProhibited = 0x1B,
    MechanismInvalid = 0x70,
    MechanismParameterInvalid = 0x71,
    ObjectHandleInvalid = 0x82,
    PinIncorrect = 0xA0,
    PinInvalid = 0xA1,
    PinLengthRange = 0xA2,
    PinExpired = 0xA3,
    PinLocked = 0xA4,
    SessionHandleInvalid = 0xB3,
    UserAlreadyLoggedIn = 0x100,
    UserNotLoggedIn = 0x101,
    UserPinNotInitialized = 0x102,
    WrappedKeyInvalid = 0x110,
    WrappedKeyLengthRange = 0x112,
    CryptokiAlreadyInitialized = 0x191,
}
