using ColumnCrypt.Kek;

namespace ColumnCrypt.Configuration;

/// <summary>A KEK that the configuration allows.</summary>
/// <param name="Uri">Its URI.</param>
/// <param name="Options">Its options.</param>
/// <param name="Wraps">True for the KEK that wraps new keys; false for one that only unwraps.</param>
internal sealed record KekRegistration(string Uri, KekOptions Options, bool Wraps);
