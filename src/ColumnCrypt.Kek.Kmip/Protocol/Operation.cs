namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>The operations (KMIP 1.4, section 9.1.3.2.27), those that are called here.</summary>
internal enum Operation
{
    Create = 0x01,
    Rekey = 0x04,
    Locate = 0x08,
    GetAttributes = 0x0B,
    Activate = 0x12,
    Revoke = 0x13,
    Destroy = 0x14,
    Encrypt = 0x1F,
    Decrypt = 0x20,
}
