using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>The text of the statements of <see cref="SqlWrapChanges"/>, each over many rows.</summary>
internal sealed class WrapStatements(KeyStoreDialect dialect)
{
    public string LockTenants { get; } = $"""
        SELECT t.tenant, t.state FROM {SqlText.Rows(dialect, "tenant")} JOIN {dialect.Qualify(KeyTableSchema.Tenant)} t ON t.tenant = i.tenant
        ORDER BY t.tenant {dialect.LockForShare}
        """;

    public string LockKeys { get; } = $"""
        SELECT k.key_id FROM {SqlText.Rows(dialect, "key_id")} JOIN {dialect.Qualify(KeyTableSchema.Key)} k ON k.key_id = i.key_id
        WHERE k.tenant = '' ORDER BY k.key_id {dialect.LockForShare}
        """;

    public string CheckKeys { get; } = $"""
        SELECT k.key_id FROM {SqlText.Rows(dialect, "key_id", "tenant", "row_version")} JOIN {dialect.Qualify(KeyTableSchema.Key)} k ON k.key_id = i.key_id
        WHERE k.tenant = i.tenant AND k.row_version = i.row_version AND k.state <> '{nameof(KeyState.Destroyed)}'
        """;

    public string ReadLive { get; } = $"""
        SELECT w.key_id, w.kek_id, w.kek_version FROM {SqlText.Rows(dialect, "key_id")} JOIN {dialect.Qualify(KeyTableSchema.Wrap)} w ON w.key_id = i.key_id
        WHERE w.wrapped IS NOT NULL
        """;

    public string Add { get; } = SqlText.InsertRows(
        dialect,
        KeyTableSchema.Wrap,
        """
        (key_id, kek_id, kek_version) DO UPDATE SET wrapped = excluded.wrapped, valid_to = NULL, verified_at = excluded.verified_at,
        valid_from = CASE WHEN r.wrapped IS NULL THEN excluded.valid_from ELSE r.valid_from END
        """);

    public string Drop { get; } = $"""
        UPDATE {dialect.Qualify(KeyTableSchema.Wrap)} AS w SET wrapped = NULL, valid_to = i.valid_to
        FROM {SqlText.Rows(dialect, "key_id", "kek_id", "kek_version", "valid_to")}
        WHERE w.key_id = i.key_id AND w.kek_id = i.kek_id AND w.kek_version = i.kek_version AND w.wrapped IS NOT NULL
        """;
}
