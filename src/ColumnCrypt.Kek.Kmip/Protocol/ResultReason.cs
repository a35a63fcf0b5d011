namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>Why an operation failed (KMIP 1.4, section 9.1.3.2.29; those above 0x18 are of KMIP 2.0, section 11.49). A server may send others.</summary>
internal enum ResultReason
{
    ItemNotFound = 0x01,
    ResponseTooLarge = 0x02,
    AuthenticationNotSuccessful = 0x03,
    InvalidMessage = 0x04,
    OperationNotSupported = 0x05,
    MissingData = 0x06,
    InvalidField = 0x07,
    FeatureNotSupported = 0x08,
    CryptographicFailure = 0x0A,
    IllegalOperation = 0x0B,
    PermissionDenied = 0x0C,
    ObjectArchived = 0x0D,
    InternalServerError = 0x2A,
    ObjectDestroyed = 0x36,
    ObjectNotFound = 0x37,
    ServerLimitExceeded = 0x3A,
    WrongKeyLifecycleState = 0x43,
    GeneralFailure = 0x100,
}
