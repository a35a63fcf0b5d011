using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>A page of keys and, in the same order, what a rewrap found for each; nothing of it is written yet.</summary>
internal sealed record MovedBatch(IReadOnlyList<KeyWithWraps> Page, KeyOutcome[] Outcomes);
