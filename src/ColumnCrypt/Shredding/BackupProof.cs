namespace ColumnCrypt.Shredding;

/// <summary>Whether a backup made before a shred still gives the tenant's values back.</summary>
/// <param name="IsBackupProof">True where every KEK that ever wrapped one of the keys is destroyed for good.</param>
/// <param name="Since">Since when; null where it is not.</param>
/// <param name="AssertedByOperator">The KEKs whose destruction no backend confirms: an operator says so.</param>
/// <param name="Because">Why it is not; empty where it is.</param>
public sealed record BackupProof(bool IsBackupProof, DateTimeOffset? Since, IReadOnlyList<string> AssertedByOperator, IReadOnlyList<string> Because);
