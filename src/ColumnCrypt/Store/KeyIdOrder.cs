using ColumnCrypt.Format;

namespace ColumnCrypt.Store;

/// <summary>The order of key ids byte by byte.</summary>
internal sealed class KeyIdOrder : IComparer<KeyId>
{
    public static KeyIdOrder Instance { get; } = new();

    public static KeyId Lowest { get; } = default;

    public static KeyId Highest { get; } = KeyId.Parse("ffffffffffffffffffffffffffffffff");

    public int Compare(KeyId x, KeyId y)
    {
        Span<byte> left = stackalloc byte[KeyId.Size];
        Span<byte> right = stackalloc byte[KeyId.Size];
        x.CopyTo(left);
        y.CopyTo(right);
        return left.SequenceCompareTo(right);
    }
}
