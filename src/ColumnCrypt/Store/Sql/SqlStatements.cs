using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>The text of every statement of a <see cref="SqlKeyStore"/>. Each works on any connection, without anything set up there.</summary>
internal sealed class SqlStatements
{
    /// <summary>How many rows one statement returns at most where the number is not bounded by nature.</summary>
    public const int PageSize = 5_000;

    public SqlStatements(KeyStoreDialect dialect)
    {
        var schema = dialect.Qualify(KeyTableSchema.Schema);
        var tenant = dialect.Qualify(KeyTableSchema.Tenant);
        var key = dialect.Qualify(KeyTableSchema.Key);
        var wrap = dialect.Qualify(KeyTableSchema.Wrap);

        ReadVersion = SqlText.Invariant($"SELECT version FROM {schema} WHERE id = {KeyTableSchema.SchemaRow}");
        ReadGeneration = SqlText.Invariant($"SELECT generation FROM {schema} WHERE id = {KeyTableSchema.SchemaRow}");
        DrawGeneration = SqlText.Invariant($"UPDATE {schema} SET generation = generation + 1 WHERE id = {KeyTableSchema.SchemaRow} RETURNING generation{SqlText.Announced(dialect, ", ")}");

        ReadTenant = $"""
            SELECT {SqlText.Columns("t", KeyTableSchema.Tenant)}, {SqlText.Columns("k", KeyTableSchema.Key)}, {SqlText.Columns("w", KeyTableSchema.Wrap)}
            FROM (SELECT 1 AS one) o
            LEFT JOIN {tenant} t ON t.tenant = @tenant
            LEFT JOIN {key} k ON k.tenant = @tenant
            LEFT JOIN {wrap} w ON w.key_id = k.key_id AND w.wrapped IS NOT NULL
            ORDER BY k.version, k.kind, w.kek_id, w.kek_version
            """;
        FindTenant = $"SELECT tenant FROM {key} WHERE key_id = @key_id";
        ReadChangedTenants = SqlText.Invariant($"""
            SELECT generation, tenant FROM {tenant}
            WHERE (generation, tenant) > (@generation, @tenant)
            ORDER BY generation, tenant LIMIT {PageSize}
            """);
        ReadTenantState = $"SELECT {SqlText.Columns("t", KeyTableSchema.Tenant)} FROM {tenant} t WHERE tenant = @tenant";
        LockTenantForShare = $"{ReadTenantState} {dialect.LockForShare}";
        LockTenantForUpdate = $"{ReadTenantState} {dialect.LockForUpdate}";

        InsertTenant = SqlText.Insert(dialect, KeyTableSchema.Tenant);
        InsertKey = SqlText.Insert(dialect, KeyTableSchema.Key);
        InsertWrap = SqlText.Insert(dialect, KeyTableSchema.Wrap);
        InsertKek = SqlText.Insert(dialect, KeyTableSchema.Kek);
        InsertColumn = SqlText.Insert(dialect, KeyTableSchema.Column);

        UpdateTenant = $"UPDATE {tenant} SET {SqlText.Assignments(KeyTableSchema.Tenant, "tenant", "created_at")} WHERE tenant = @tenant AND row_version = @row_version - 1";
        UpdateTenantVersion = $"UPDATE {tenant} SET generation = @generation, row_version = @row_version, mac = @mac WHERE tenant = @tenant AND row_version = @row_version - 1";
        UpdateKey = $"""
            UPDATE {key} SET {SqlText.Assignments(KeyTableSchema.Key, "key_id", "tenant", "kind", "version", "commitment", "reserved_uses")}
            WHERE key_id = @key_id AND tenant = @tenant AND row_version = @row_version - 1
            """;
        UpdateColumn = $"""
            UPDATE {dialect.Qualify(KeyTableSchema.Column)} SET index_columns = @index_columns, index_version = @index_version, adoption = @adoption, row_version = @row_version, mac = @mac
            WHERE database_name = @database_name AND schema_name = @schema_name AND table_name = @table_name AND column_name = @column_name
            AND row_version = @row_version - 1
            """;
        DropWraps = $"UPDATE {wrap} SET wrapped = NULL, valid_to = @valid_to WHERE key_id = @key_id AND wrapped IS NOT NULL";

        // Saturates: the column is the one that no mac covers, so it may hold anything.
        ReserveUses = SqlText.Invariant($"""
            UPDATE {key} SET reserved_uses =
            CASE WHEN reserved_uses > {long.MaxValue} - @uses THEN {long.MaxValue} ELSE reserved_uses + @uses END
            WHERE key_id = @key_id AND state = '{nameof(KeyState.Active)}' RETURNING reserved_uses
            """);

        ReadKeks = $"SELECT {SqlText.Columns("k", KeyTableSchema.Kek)} FROM {dialect.Qualify(KeyTableSchema.Kek)} k ORDER BY priority, kek_id";
        LockKek = $"SELECT state FROM {dialect.Qualify(KeyTableSchema.Kek)} WHERE kek_id = @kek_id {dialect.LockForShare}";
        ReadColumns = $"""
            SELECT {SqlText.Columns("c", KeyTableSchema.Column)} FROM {dialect.Qualify(KeyTableSchema.Column)} c
            WHERE database_name = @database_name ORDER BY schema_name, table_name, column_name
            """;
    }

    public string ReadVersion { get; }

    public string ReadGeneration { get; }

    public string DrawGeneration { get; }

    public string ReadTenant { get; }

    public string FindTenant { get; }

    public string ReadChangedTenants { get; }

    public string LockTenantForShare { get; }

    public string LockTenantForUpdate { get; }

    public string InsertTenant { get; }

    public string InsertKey { get; }

    public string InsertWrap { get; }

    public string InsertKek { get; }

    public string InsertColumn { get; }

    public string UpdateTenant { get; }

    /// <summary>Where nothing else of the tenant changes: all that an application's role may write.</summary>
    public string UpdateTenantVersion { get; }

    public string UpdateKey { get; }

    /// <summary>Only what a change of blind indexes, or a step of an adoption, changes: the rest of a column's row stays as it was first written.</summary>
    public string UpdateColumn { get; }

    public string DropWraps { get; }

    public string ReserveUses { get; }

    public string ReadKeks { get; }

    /// <summary>Keeps a KEK from being retired until a key that it has wrapped is committed.</summary>
    public string LockKek { get; }

    public string ReadColumns { get; }

    public string ReadTenantState { get; }
}
