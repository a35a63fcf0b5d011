namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>The types of items (KMIP 1.4, section 9.1.1.2), those that are read or written here.</summary>
internal enum TtlvType : byte
{
    Structure = 1,
    Integer = 2,
    Enumeration = 5,
    Boolean = 6,
    TextString = 7,
    ByteString = 8,
}
