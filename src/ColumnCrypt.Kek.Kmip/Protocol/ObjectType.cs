namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>The kinds of objects (KMIP 1.4, section 9.1.3.2.12), the one that a KEK is.</summary>
internal enum ObjectType
{
    SymmetricKey = 2,
}
