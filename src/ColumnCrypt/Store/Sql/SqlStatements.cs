using System.Globalization;
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

        ReadVersion = Invariant($"SELECT version FROM {schema} WHERE id = {KeyTableSchema.SchemaRow}");
        ReadGeneration = Invariant($"SELECT generation FROM {schema} WHERE id = {KeyTableSchema.SchemaRow}");
        DrawGeneration = Invariant($"UPDATE {schema} SET generation = generation + 1 WHERE id = {KeyTableSchema.SchemaRow} RETURNING generation");

        ReadTenant = $"""
            SELECT {Columns("t", KeyTableSchema.Tenant)}, {Columns("k", KeyTableSchema.Key)}, {Columns("w", KeyTableSchema.Wrap)}
            FROM (SELECT 1 AS one) o
            LEFT JOIN {tenant} t ON t.tenant = @tenant
            LEFT JOIN {key} k ON k.tenant = @tenant
            LEFT JOIN {wrap} w ON w.key_id = k.key_id AND w.wrapped IS NOT NULL
            ORDER BY k.version, k.kind, w.kek_id, w.kek_version
            """;
        FindTenant = $"SELECT tenant FROM {key} WHERE key_id = @key_id";
        ReadChangedTenants = Invariant($"""
            SELECT generation, tenant FROM {tenant}
            WHERE (generation, tenant) > (@generation, @tenant)
            ORDER BY generation, tenant LIMIT {PageSize}
            """);
        ReadTenantState = $"SELECT {Columns("t", KeyTableSchema.Tenant)} FROM {tenant} t WHERE tenant = @tenant";
        LockTenantForShare = $"{ReadTenantState} {dialect.LockForShare}";
        LockTenantForUpdate = $"{ReadTenantState} {dialect.LockForUpdate}";

        InsertTenant = Insert(dialect, KeyTableSchema.Tenant);
        InsertKey = Insert(dialect, KeyTableSchema.Key);
        InsertWrap = Insert(dialect, KeyTableSchema.Wrap);
        InsertKek = Insert(dialect, KeyTableSchema.Kek);
        InsertColumn = Insert(dialect, KeyTableSchema.Column);

        UpdateTenant = $"UPDATE {tenant} SET {Assignments(KeyTableSchema.Tenant, "tenant")} WHERE tenant = @tenant AND row_version = @row_version - 1";
        UpdateKey = $"""
            UPDATE {key} SET {Assignments(KeyTableSchema.Key, "key_id", "tenant", "reserved_uses")}
            WHERE key_id = @key_id AND tenant = @tenant AND row_version = @row_version - 1
            """;
        DropWraps = $"UPDATE {wrap} SET wrapped = NULL, valid_to = @valid_to WHERE key_id = @key_id AND wrapped IS NOT NULL";

        // Saturates: the column is the one that no mac covers, so it may hold anything.
        ReserveUses = Invariant($"""
            UPDATE {key} SET reserved_uses =
            CASE WHEN reserved_uses > {long.MaxValue} - @uses THEN {long.MaxValue} ELSE reserved_uses + @uses END
            WHERE key_id = @key_id AND state = '{nameof(KeyState.Active)}' RETURNING reserved_uses
            """);

        ReadKeks = $"SELECT {Columns("k", KeyTableSchema.Kek)} FROM {dialect.Qualify(KeyTableSchema.Kek)} k ORDER BY priority, kek_id";
        ReadColumns = $"""
            SELECT {Columns("c", KeyTableSchema.Column)} FROM {dialect.Qualify(KeyTableSchema.Column)} c
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

    public string UpdateKey { get; }

    public string DropWraps { get; }

    public string ReserveUses { get; }

    public string ReadKeks { get; }

    public string ReadColumns { get; }

    private string ReadTenantState { get; }

    private static string Columns(string alias, KeyTable table) => string.Join(", ", table.Columns.Select(column => $"{alias}.{column.Name}"));

    private static string Assignments(KeyTable table, params string[] except) =>
        string.Join(", ", table.Columns.Where(column => !except.Contains(column.Name)).Select(static column => $"{column.Name} = @{column.Name}"));

    private static string Insert(KeyStoreDialect dialect, KeyTable table) =>
        $"INSERT INTO {dialect.Qualify(table)} ({string.Join(", ", table.Columns.Select(static column => column.Name))}) "
        + $"VALUES ({string.Join(", ", table.Columns.Select(static column => $"@{column.Name}"))}) ON CONFLICT DO NOTHING";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
