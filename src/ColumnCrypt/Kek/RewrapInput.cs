namespace ColumnCrypt.Kek;

/// <summary>A wrap to make anew, among others.</summary>
/// <param name="Wrapped">The wrap.</param>
/// <param name="Context">The context that the key was wrapped under; the new wrap is bound to it too.</param>
public sealed record RewrapInput(WrappedKey Wrapped, WrapContext Context);
