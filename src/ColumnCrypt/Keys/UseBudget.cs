namespace ColumnCrypt.Keys;

/// <summary>
/// The uses of one data key that this node has reserved and not yet taken. A use is 64 KiB begun. Thread-safe. Blocks start at
/// 2^10 uses and double to 2^20, so that a quiet tenant wastes few and a busy one writes its key row seldom.
/// </summary>
internal sealed class UseBudget
{
    public const int UseSize = 64 * 1024;
    private const long FirstBlock = 1L << 10;
    private const long LargestBlock = 1L << 20;

    private long _left;
    private long _block = FirstBlock;
    private long _highWater;

    public static long UsesOf(int encodedSize) => 1 + (Math.Max(0, encodedSize - 1) / UseSize);

    /// <summary>The uses left of what this node has reserved.</summary>
    public long Left => Volatile.Read(ref _left);

    /// <summary>The highest total of reserved uses that this node has seen in the key's row.</summary>
    public long HighWater => Volatile.Read(ref _highWater);

    /// <summary>The size of the next block to reserve where so many uses are wanted.</summary>
    public long NextBlock(long wanted) => Math.Max(_block, wanted);

    /// <summary>True where this many may be taken soon without a new reservation.</summary>
    public bool Covers(long uses) => Left >= uses;

    /// <summary>True where a new block should be fetched ahead of need.</summary>
    public bool IsLow => Left < _block / 4;

    public bool TryTake(long uses) => TryTake(ref _left, uses);

    /// <summary>Takes uses where there are as many; one who asks for too many takes none from under the others meanwhile.</summary>
    public static bool TryTake(ref long left, long uses)
    {
        long seen = Volatile.Read(ref left);
        while (seen >= uses)
        {
            long before = Interlocked.CompareExchange(ref left, seen - uses, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Puts back uses that were taken and not needed.</summary>
    public void Return(long uses) => Interlocked.Add(ref _left, uses);

    /// <summary>Adds a reserved block. Called by one reservation at a time.</summary>
    public void Add(long block, long total)
    {
        Volatile.Write(ref _highWater, Math.Max(_highWater, total));
        _block = Math.Min(LargestBlock, _block * 2);
        Interlocked.Add(ref _left, block);
    }
}
