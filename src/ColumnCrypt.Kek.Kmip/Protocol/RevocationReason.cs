namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>Why a key is revoked (KMIP 1.4, section 9.1.3.2.19).</summary>
internal enum RevocationReason
{
    KeyCompromise = 2,
    CessationOfOperation = 6,
}
