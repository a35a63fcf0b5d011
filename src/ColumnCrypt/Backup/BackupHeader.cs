namespace ColumnCrypt.Backup;

/// <summary>The first line of a backup.</summary>
/// <param name="Format">The format: <see cref="CurrentFormat"/>.</param>
/// <param name="InstallationId">The installation, 32 hex digits.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Generation">The generation counter before the first row was read.</param>
internal sealed record BackupHeader(string Format, string InstallationId, DateTimeOffset CreatedAt, long Generation)
{
    public const string CurrentFormat = "columncrypt-backup/1";
}
