using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>What a lease is wanted for.</summary>
/// <param name="Uses">How many uses of the data key.</param>
/// <param name="Indexes">Which index versions.</param>
/// <param name="AskedAt">When, as <see cref="VersionMemory.StartRead"/> counts.</param>
internal readonly record struct RingWant(long Uses, IndexVersions Indexes, long AskedAt)
{
    /// <summary>True where something is about to be written, so that missing keys are made.</summary>
    public bool Writes => Uses > 0 || Indexes.Written.Count > 0;
}
