namespace ColumnCrypt.Kek;

/// <summary>A key as a KEK wrapped it.</summary>
/// <param name="KekVersion">The version of the KEK that wrapped, or "" where the KEK has none.</param>
/// <param name="Bytes">The wrapped bytes, in the backend's own form.</param>
public sealed record WrappedKey(string KekVersion, ReadOnlyMemory<byte> Bytes);
