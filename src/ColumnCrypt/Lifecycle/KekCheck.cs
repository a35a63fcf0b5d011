namespace ColumnCrypt.Lifecycle;

/// <summary>What a live check of a KEK found.</summary>
/// <param name="KekId">Its URI.</param>
/// <param name="KekVersion">The version that wrapped, or "".</param>
/// <param name="Wrap">How long a wrap took.</param>
/// <param name="Unwrap">How long an unwrap took.</param>
/// <param name="RefusesWrongContext">True where an unwrap under another context was refused, as it must be.</param>
/// <param name="Details">What the backend tells of the KEK, by name: its state, when it is deleted, whether it rotates.</param>
public sealed record KekCheck(
    string KekId, string KekVersion, TimeSpan Wrap, TimeSpan Unwrap, bool RefusesWrongContext, IReadOnlyList<KeyValuePair<string, string>> Details);
