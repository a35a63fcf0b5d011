using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>What a rewrap found for one key: a change to write, a failure, or neither where all is as it should be.</summary>
/// <param name="Change">The change, or null.</param>
/// <param name="Failure">Why it cannot be moved, or null.</param>
/// <param name="IsDenied">True where a KEK refused.</param>
internal readonly record struct KeyOutcome(WrapChange? Change, string? Failure = null, bool IsDenied = false)
{
    public static readonly KeyOutcome Nothing = new(null);
}
