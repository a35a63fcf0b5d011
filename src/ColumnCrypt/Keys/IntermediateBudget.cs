using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// How many more keys this node may wrap under one intermediate key: blocks that it has reserved in the key's row. They start at 8 and double to 1,024, so that a node
/// that makes few keys wastes few. Thread-safe.
/// </summary>
/// <param name="keyId">The intermediate key.</param>
/// <param name="rollbacks">How often the store had gone back when the key was chosen: once it goes back again, another is.</param>
internal sealed class IntermediateBudget(KeyId keyId, int rollbacks)
{
    private const long FirstBlock = 8;
    private const long LargestBlock = 1_024;

    private long _left;
    private long _block = FirstBlock;

    public KeyId KeyId => keyId;

    public int Rollbacks => rollbacks;

    /// <summary>The size of the next block to reserve.</summary>
    public long NextBlock => Volatile.Read(ref _block);

    /// <summary>Takes one where there is one.</summary>
    public bool TryTake() => UseBudget.TryTake(ref _left, 1);

    /// <summary>Adds what is usable of a reserved block. Called by one reservation at a time.</summary>
    public void Add(long usable)
    {
        Volatile.Write(ref _block, Math.Min(LargestBlock, _block * 2));
        Interlocked.Add(ref _left, usable);
    }
}
