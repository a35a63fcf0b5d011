namespace ColumnCrypt.Kek;

/// <summary>A key to wrap, among others.</summary>
/// <param name="Key">The key: 16 to 64 bytes.</param>
/// <param name="Context">What the wrap is bound to.</param>
public sealed record WrapInput(ReadOnlyMemory<byte> Key, WrapContext Context);
