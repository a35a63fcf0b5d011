namespace ColumnCrypt.Store;

/// <summary>Names a wrap of a key.</summary>
/// <param name="KekId">The KEK's URI.</param>
/// <param name="KekVersion">The KEK's version, or "".</param>
public sealed record WrapName(string KekId, string KekVersion);
