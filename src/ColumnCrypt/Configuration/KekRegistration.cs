using ColumnCrypt.Kek;

namespace ColumnCrypt.Configuration;

/// <summary>A KEK that the configuration allows.</summary>
/// <param name="Uri">Its URI.</param>
/// <param name="Options">Its options.</param>
/// <param name="Role">What it is for.</param>
internal sealed record KekRegistration(string Uri, KekOptions Options, KekRole Role);
