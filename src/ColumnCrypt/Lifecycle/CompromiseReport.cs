using ColumnCrypt.Metadata;

namespace ColumnCrypt.Lifecycle;

/// <summary>What depends on a compromised key.</summary>
/// <param name="Key">The key, now Compromised.</param>
/// <param name="Successor">The key that encrypts in its place, or null where it did not encrypt.</param>
/// <param name="Columns">The columns of the manifest, any of which may hold values under it.</param>
/// <param name="ReservedUses">How many values, of 64 KiB begun, can be under it at most: the uses that nodes have reserved.</param>
public sealed record CompromiseReport(KeyInfo Key, KeyInfo? Successor, IReadOnlyList<ColumnRecord> Columns, long ReservedUses);
