namespace ColumnCrypt.Kek;

/// <summary>A wrap to open, among others.</summary>
/// <param name="Wrapped">The wrap.</param>
/// <param name="Context">The context that the key was wrapped under.</param>
/// <param name="Destination">Receives the key: 64 bytes at least. Nothing is written to it before the wrap is authenticated.</param>
public sealed record UnwrapInput(WrappedKey Wrapped, WrapContext Context, Memory<byte> Destination);
