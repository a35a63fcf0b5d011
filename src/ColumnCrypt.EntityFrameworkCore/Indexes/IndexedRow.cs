using ColumnCrypt.Format;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>A row that is looked at.</summary>
/// <param name="Key">The values of its key columns.</param>
/// <param name="Values">Its ciphertexts, as the columns hold them, bytes or their text form: one, or those of a composite index.</param>
/// <param name="KeyId">The key that the first of them names.</param>
/// <param name="Stored">What its index columns hold.</param>
internal sealed record IndexedRow(object[] Key, object[] Values, KeyId KeyId, byte[]?[] Stored)
{
    /// <summary>True where there is no value: nothing is to be indexed.</summary>
    public bool IsNull => Values.Length == 0;

    /// <summary>A row without a value, or without one of those of a composite index.</summary>
    public static IndexedRow OfNull(object[] key, byte[]?[] stored) => new(key, [], default, stored) { Right = new byte[]?[stored.Length] };

    /// <summary>What they should hold; set once the value is decrypted.</summary>
    public byte[]?[] Right { get; set; } = [];

    /// <summary>True where an index column holds another value than it should.</summary>
    public bool Differs(int index) => !Stored[index].AsSpan().SequenceEqual(Right[index]);
}
