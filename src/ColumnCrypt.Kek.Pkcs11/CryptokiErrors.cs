using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>What an error of a module means to the contract.</summary>
internal static class CryptokiErrors
{
    public static KekException Translate(string uri, WrapContext? context, CryptokiException error) => error.Value switch
    {
        ReturnValue.EncryptedDataInvalid or ReturnValue.EncryptedDataLengthRange or ReturnValue.AeadDecryptFailed or ReturnValue.WrappedKeyInvalid or ReturnValue.WrappedKeyLengthRange
            => Refused(context, error),
        ReturnValue.KeyFunctionNotPermitted
            => new(KekFailure.Disabled, $"The attributes of {uri} do not allow this use (CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP). Set them on the token.", error),
        ReturnValue.ActionProhibited or ReturnValue.KeyTypeInconsistent or ReturnValue.MechanismInvalid or ReturnValue.UserPinNotInitialized or ReturnValue.PinLocked or ReturnValue.PinExpired
            => new(KekFailure.Denied, $"The token refuses to use {uri} so: {error.Message}", error),
        _ => new(KekFailure.Unavailable, $"The token of {uri} failed: {error.Message}", error),
    };

    /// <summary>True where a token may mean the wrap as well as itself: CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_DEVICE_ERROR and the errors of data and parameters.</summary>
    public static bool MayBeTheWrap(ReturnValue value) =>
        (ulong)value is 0x5 or 0x6 or 0x30 || value is ReturnValue.ArgumentsBad or ReturnValue.DataInvalid or ReturnValue.DataLengthRange or ReturnValue.MechanismParameterInvalid;

    /// <summary>True where handles of objects hold no longer.</summary>
    public static bool IsStale(ReturnValue value) => value is ReturnValue.KeyHandleInvalid or ReturnValue.ObjectHandleInvalid;

    public static KekException Refused(WrapContext? context, Exception error) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another KEK, tenant, key or installation.", error);
}
