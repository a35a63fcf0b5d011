namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>The types of keys that are used here (CKK_…).</summary>
internal enum KeyType : ulong
{
    Rsa = 0x0,
    GenericSecret = 0x10,
    Aes = 0x1F,
}
