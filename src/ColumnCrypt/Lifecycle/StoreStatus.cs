using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>What a key store holds.</summary>
/// <param name="InstallationId">The installation.</param>
/// <param name="Counts">Its rows, counted.</param>
/// <param name="Nodes">The nodes that have reported within twice the revocation bound.</param>
public sealed record StoreStatus(KeyId InstallationId, StoreCounts Counts, IReadOnlyList<NodeRecord> Nodes);
