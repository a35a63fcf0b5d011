using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>The text of the statements of a <see cref="SqlKeyInventory"/>.</summary>
internal sealed class InventoryStatements
{
    public InventoryStatements(KeyStoreDialect dialect)
    {
        var tenant = dialect.Qualify(KeyTableSchema.Tenant);
        var key = dialect.Qualify(KeyTableSchema.Key);
        var wrap = dialect.Qualify(KeyTableSchema.Wrap);
        var schema = dialect.Qualify(KeyTableSchema.Schema);
        var keyColumns = SqlText.Columns("k", KeyTableSchema.Key);
        var wrapColumns = SqlText.Columns("w", KeyTableSchema.Wrap);
        var ofTenant = dialect.LookUp(tenant, "t", "t.tenant = k.tenant");
        var tenantColumns = SqlText.Columns("t", KeyTableSchema.Tenant);

        ReadTenants = $"SELECT {tenantColumns} FROM {tenant} t WHERE tenant > @tenant ORDER BY tenant LIMIT @limit";
        ReadDueTenants = $"""
            SELECT {tenantColumns} FROM {tenant} t
            WHERE shred_due_at <= @now AND hold IS NULL ORDER BY shred_due_at, tenant LIMIT @limit
            """;

        // The bounds of the page make the wraps one range of their index, however the join is done.
        ReadKeys = $"""
            WITH page AS (
                SELECT {keyColumns} FROM {key} k WHERE k.key_id > @after AND k.key_id <= @until ORDER BY k.key_id LIMIT @limit
            )
            SELECT {keyColumns}, {tenantColumns}, {wrapColumns}
            FROM page k {ofTenant} LEFT JOIN {wrap} w ON w.key_id = k.key_id
                AND w.key_id >= (SELECT key_id FROM page ORDER BY key_id LIMIT 1) AND w.key_id <= (SELECT key_id FROM page ORDER BY key_id DESC LIMIT 1)
            ORDER BY k.key_id, w.kek_id, w.kek_version
            """;
        ReadKeysOf = $"""
            SELECT {keyColumns}, {tenantColumns}, {wrapColumns}
            FROM {key} k {ofTenant} LEFT JOIN {wrap} w ON w.key_id = k.key_id
            WHERE k.tenant = @tenant ORDER BY k.key_id, w.kek_id, w.kek_version
            """;

        Count = SqlText.Invariant($"""
            SELECT 'tenant', state, '', count(*) FROM {tenant} GROUP BY state
            UNION ALL SELECT 'key', kind, state, count(*) FROM {key} GROUP BY kind, state
            UNION ALL SELECT 'wrap', kek_id, '', count(*) FROM {wrap} WHERE wrapped IS NOT NULL GROUP BY kek_id
            UNION ALL SELECT 'generation', '', '', generation FROM {schema} WHERE id = {KeyTableSchema.SchemaRow}
            """);
        CountDependents = $"""
            SELECT count(*) FROM {key} k WHERE k.state <> '{nameof(KeyState.Destroyed)}'
            AND k.key_id IN (SELECT w.key_id FROM {wrap} w WHERE w.kek_id = @kek_id AND w.wrapped IS NOT NULL)
            """;
        CountSoleDependents = $"""
            {CountDependents}
            AND NOT EXISTS (SELECT 1 FROM {wrap} o WHERE o.key_id = k.key_id AND o.kek_id <> @kek_id AND o.wrapped IS NOT NULL)
            """;

        RaiseByOne = SqlText.Invariant($"UPDATE {schema} SET generation = generation + 1 WHERE id = {KeyTableSchema.SchemaRow}{SqlText.Announced(dialect, " RETURNING ")}");
        InsertKek = SqlText.Insert(dialect, KeyTableSchema.Kek);
        UpdateKek = $"""
            UPDATE {dialect.Qualify(KeyTableSchema.Kek)} SET {SqlText.Assignments(KeyTableSchema.Kek, "kek_id")}
            WHERE kek_id = @kek_id AND row_version = @row_version - 1
            """;
        ReadManifest = $"""
            SELECT {SqlText.Columns("c", KeyTableSchema.Column)} FROM {dialect.Qualify(KeyTableSchema.Column)} c
            ORDER BY database_name, schema_name, table_name, column_name
            """;
        RaiseGeneration = SqlText.Invariant($"""
            UPDATE {schema} SET generation = CASE WHEN generation < @generation THEN @generation ELSE generation END
            WHERE id = {KeyTableSchema.SchemaRow}{SqlText.Announced(dialect, " RETURNING ")}
            """);
    }

    public string ReadTenants { get; }

    public string ReadDueTenants { get; }

    public string ReadKeys { get; }

    public string ReadKeysOf { get; }

    public string Count { get; }

    public string CountDependents { get; }

    public string RaiseByOne { get; }

    public string CountSoleDependents { get; }

    public string InsertKek { get; }

    public string UpdateKek { get; }

    public string ReadManifest { get; }

    public string RaiseGeneration { get; }
}
