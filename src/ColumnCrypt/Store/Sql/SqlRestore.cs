using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Puts a page of a backup into the tables: what is missing is added, nothing is changed.</summary>
internal sealed class SqlRestore(KeyStoreDialect dialect)
{
    private readonly string _tenants = SqlText.InsertRows(dialect, KeyTableSchema.Tenant);
    private readonly string _keks = SqlText.InsertRows(dialect, KeyTableSchema.Kek);
    private readonly string _keys = SqlText.InsertRows(dialect, KeyTableSchema.Key);
    private readonly string _wraps = SqlText.InsertRows(
        dialect, KeyTableSchema.Wrap, where: $"EXISTS (SELECT 1 FROM {dialect.Qualify(KeyTableSchema.Key)} k WHERE k.key_id = i.key_id)");
    private readonly string _columns = SqlText.InsertRows(dialect, KeyTableSchema.Column);
    private readonly string _audit = SqlText.InsertRows(dialect, KeyTableSchema.Audit);

    public async Task<bool> RunAsync(SqlCall call, StoreRows rows)
    {
        await call.BeginAsync().ConfigureAwait(false);
        await InsertAsync(call, _tenants, rows.Tenants.OrderBy(static row => row.Tenant, StringComparer.Ordinal), TenantRow.Write).ConfigureAwait(false);
        await InsertAsync(call, _keks, rows.Keks.OrderBy(static row => row.KekId, StringComparer.Ordinal), KekRow.Write).ConfigureAwait(false);
        await InsertAsync(call, _keys, rows.Keys.Select(static row => row.Key), KeyRow.WriteNew).ConfigureAwait(false);
        await InsertAsync(call, _wraps, rows.Keys.SelectMany(static row => row.Wraps), WrapRow.Write).ConfigureAwait(false);
        await InsertAsync(call, _columns, rows.Columns, ColumnRow.Write).ConfigureAwait(false);
        await InsertAsync(call, _audit, rows.Audit, AuditRow.Write).ConfigureAwait(false);
        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }

    private Task<int> InsertAsync<T>(SqlCall call, string statement, IEnumerable<T> records, Action<RowWriter, T> write) =>
        call.ExecuteRowsAsync(statement, new SqlRows(dialect, records.Select(record => (Action<RowWriter>)(row => write(row, record)))));
}
