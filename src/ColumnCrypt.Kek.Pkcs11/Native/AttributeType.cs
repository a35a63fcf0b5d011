namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>The attributes that are read or set here (CKA_…).</summary>
internal enum AttributeType : ulong
{
    Class = 0x0,
    Token = 0x1,
    Private = 0x2,
    Label = 0x3,
    Value = 0x11,
    KeyType = 0x100,
    Id = 0x102,
    Sensitive = 0x103,
    ModulusBits = 0x121,
    Modulus = 0x120,
    ValueLength = 0x161,
    Extractable = 0x162,
}
