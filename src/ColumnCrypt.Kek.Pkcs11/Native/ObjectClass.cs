namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>The classes of objects that are used here (CKO_…).</summary>
internal enum ObjectClass : ulong
{
    PublicKey = 2,
    PrivateKey = 3,
    SecretKey = 4,
}
