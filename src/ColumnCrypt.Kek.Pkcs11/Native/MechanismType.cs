namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>The mechanisms that are used here (CKM_…).</summary>
internal enum MechanismType : ulong
{
    RsaPkcsOaep = 0x9,
    Sha256 = 0x250,
    AesGcm = 0x1087,
    AesKeyWrap = 0x2109,
}
