using ColumnCrypt.Keys;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>A ring that a context holds, and the uses reserved for it that are still to come.</summary>
internal sealed class HeldRing(KeyRingLease lease, long uses) : IDisposable
{
    public KeyRing Ring { get; } = lease.Ring;

    public long Uses { get; private set; } = uses;

    /// <summary>Counts what has been encrypted.</summary>
    public void Use(long uses) => Uses -= uses;

    public void Dispose() => lease.Dispose();
}
