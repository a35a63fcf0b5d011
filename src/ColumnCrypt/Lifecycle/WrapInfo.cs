namespace ColumnCrypt.Lifecycle;

/// <summary>What the key tables say of one wrap.</summary>
/// <param name="KekId">The KEK's URI.</param>
/// <param name="KekVersion">The KEK's version, or "".</param>
/// <param name="IsDropped">True where its bytes are cleared.</param>
/// <param name="ValidFrom">When it was written.</param>
/// <param name="ValidTo">When it was dropped, or null.</param>
/// <param name="VerifiedAt">When it was last unwrapped by an operator and its commitment compared, or null.</param>
public sealed record WrapInfo(string KekId, string KekVersion, bool IsDropped, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo, DateTimeOffset? VerifiedAt);
