namespace ColumnCrypt.Keys;

/// <summary>What a probe of a KEK found.</summary>
/// <param name="KekVersion">The version that wrapped, or "".</param>
/// <param name="Wrap">How long a wrap took.</param>
/// <param name="Unwrap">How long an unwrap took.</param>
/// <param name="RefusesWrongContext">True where an unwrap under another context was refused.</param>
/// <param name="Details">What the backend tells of the KEK, by name.</param>
internal sealed record KekProbe(string KekVersion, TimeSpan Wrap, TimeSpan Unwrap, bool RefusesWrongContext, IReadOnlyList<KeyValuePair<string, string>> Details);
