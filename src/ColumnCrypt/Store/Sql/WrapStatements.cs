using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// The text of the statements of <see cref="SqlWrapChanges"/>, each over many rows. Scalar subqueries, not joins: so each row is looked
/// up in an index, however large the planner thinks the tables are.
/// </summary>
internal sealed class WrapStatements(KeyStoreDialect dialect)
{
    /// <summary>Keeps the tenants as they are. Each subquery locks: one that did not would still see the row from before the wait.</summary>
    public string LockTenants { get; } = $"""
        SELECT i.tenant,
            (SELECT t.state FROM {dialect.Qualify(KeyTableSchema.Tenant)} t WHERE t.tenant = i.tenant {dialect.LockForShare}),
            (SELECT t.kek_policy FROM {dialect.Qualify(KeyTableSchema.Tenant)} t WHERE t.tenant = i.tenant {dialect.LockForShare})
        FROM {SqlText.Rows(dialect, "tenant")}
        """;

    /// <summary>Keeps the KEKs from being retired until the wraps under them are committed, and gives their states.</summary>
    public string LockKeks { get; } = $"""
        SELECT i.kek_id, (SELECT k.state FROM {dialect.Qualify(KeyTableSchema.Kek)} k WHERE k.kek_id = i.kek_id {dialect.LockForShare})
        FROM {SqlText.Rows(dialect, "kek_id")}
        """;

    public string LockKeys { get; } = $"""
        SELECT (SELECT k.version FROM {dialect.Qualify(KeyTableSchema.Key)} k WHERE k.key_id = i.key_id AND k.tenant = '' {dialect.LockForShare})
        FROM {SqlText.Rows(dialect, "key_id")}
        """;

    public string CheckKeys { get; } = $"""
        SELECT i.key_id FROM {SqlText.Rows(dialect, "key_id", "tenant", "row_version")}
        WHERE i.row_version = (
            SELECT k.row_version FROM {dialect.Qualify(KeyTableSchema.Key)} k
            WHERE k.key_id = i.key_id AND k.tenant = i.tenant AND k.state <> '{nameof(KeyState.Destroyed)}')
        """;

    /// <summary>For each wrap that is to be dropped: its key, whether it has bytes, and how many wraps of the key have.</summary>
    public string CountLive { get; } = $"""
        SELECT i.key_id,
            (SELECT count(*) FROM {dialect.Qualify(KeyTableSchema.Wrap)} w
             WHERE w.key_id = i.key_id AND w.kek_id = i.kek_id AND w.kek_version = i.kek_version AND w.wrapped IS NOT NULL),
            (SELECT count(*) FROM {dialect.Qualify(KeyTableSchema.Wrap)} w WHERE w.key_id = i.key_id AND w.wrapped IS NOT NULL)
        FROM {SqlText.Rows(dialect, "key_id", "kek_id", "kek_version")}
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
