namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>How a KEK logs in to its token.</summary>
/// <param name="Pin">Gives the PIN; null where the token needs none.</param>
/// <param name="IsAlone">True for a tenant's own KEK: a login that somebody else in this process has made is not used.</param>
internal sealed record TokenLogin(Func<string?> Pin, bool IsAlone);
