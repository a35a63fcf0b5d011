using ColumnCrypt.Backup;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Backup;

/// <summary>A backup as a person reads it.</summary>
internal static class BackupText
{
    public static Answer Answer(BackupInfo backup, string remark) => new(backup, page =>
    {
        page.Fields(
            ("installation", backup.InstallationId),
            ("made", TextPage.Time(backup.CreatedAt)),
            ("tenants", TextPage.Number(backup.Tenants)),
            ("keys", TextPage.Number(backup.Keys)),
            ("audit entries", TextPage.Number(backup.AuditEntries)));
        page.Table(
            ["WRAPPED BY", "KEYS"],
            backup.Keks.OrderBy(static kek => kek.Key, StringComparer.Ordinal).Select(static kek => (IReadOnlyList<string?>)[kek.Key, TextPage.Number(kek.Value)]));
        if (backup.Adopted.Count > 0)
        {
            page.Table(
                ["ADOPTED COLUMN", "DATABASE", "STATE"],
                backup.Adopted.Select(static one => (IReadOnlyList<string?>)[one.Column, one.Database, one.State?.ToString() ?? "not understood"]));
        }

        page.Line(remark);
    });
}
