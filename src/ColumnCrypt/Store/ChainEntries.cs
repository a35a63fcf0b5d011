using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// Makes the audit entries that go into the chain with a change, in the change's own transaction: without them nothing is written.
/// Called under the chain's lock; must be quick and do no I/O.
/// </summary>
/// <param name="head">The end of the chain.</param>
/// <returns>The entries, numbered on from <paramref name="head"/>.</returns>
public delegate IReadOnlyList<AuditRecord> ChainEntries(AuditHead head);
