namespace ColumnCrypt.Backup;

/// <summary>What a backup holds.</summary>
/// <param name="InstallationId">The installation, 32 hex digits.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Tenants">Tenants.</param>
/// <param name="Keys">Keys, the installation key among them.</param>
/// <param name="AuditEntries">Entries of the audit.</param>
/// <param name="Keks">The KEKs of which one is needed, at least, to read each key: those with wraps in it, and how many.</param>
public sealed record BackupInfo(
    string InstallationId, DateTimeOffset CreatedAt, long Tenants, long Keys, long AuditEntries, IReadOnlyDictionary<string, long> Keks)
{
    /// <summary>
    /// The adopted columns, in the states of the backup. Where a step was taken after it, they are behind: plaintext that was cleared since would be believed, as NULL
    /// (docs/runbooks/restore-during-an-adoption.md).
    /// </summary>
    public IReadOnlyList<BackedUpAdoption> Adopted { get; init; } = [];
}
