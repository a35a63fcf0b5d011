using ColumnCrypt.Format;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>A part of all key ids. They are as good as random, so parts of the same width hold about as many keys.</summary>
/// <param name="After">The id before the first one; null from the start.</param>
/// <param name="Until">The last id; null to the end.</param>
internal readonly record struct KeyRange(KeyId? After, KeyId? Until)
{
    private const int Bytes = 256;

    /// <summary>One of so many parts.</summary>
    /// <param name="partition">From 0.</param>
    /// <param name="partitions">1 to 256.</param>
    public static KeyRange Of(int partition, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, Bytes);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, partitions);
        int first = partition * Bytes / partitions;
        int next = (partition + 1) * Bytes / partitions;
        return new KeyRange(first == 0 ? null : LastOf(first - 1), next == Bytes ? null : LastOf(next - 1));
    }

    /// <summary>True for a key id of this part.</summary>
    public bool Contains(KeyId id) =>
        (After is not { } after || KeyIdOrder.Instance.Compare(id, after) > 0) && (Until is not { } until || KeyIdOrder.Instance.Compare(id, until) <= 0);

    private static KeyId LastOf(int firstByte)
    {
        byte[] id = new byte[KeyId.Size];
        Array.Fill(id, byte.MaxValue);
        id[0] = (byte)firstByte;
        return new KeyId(id);
    }
}
