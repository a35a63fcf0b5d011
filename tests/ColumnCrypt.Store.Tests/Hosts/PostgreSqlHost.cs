using System.Data.Common;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Npgsql;

namespace ColumnCrypt.Store.Tests.Hosts;

public sealed class PostgreSqlHost : SqlHost
{
    private readonly string _schema;
    private readonly PgBouncer? _bouncer;

    /// <param name="schema">The schema of the key tables.</param>
    /// <param name="server">The server; null for the one of this test process.</param>
    /// <param name="bouncer">What the stores, but not the test itself, reach the server through; null for nothing.</param>
    public PostgreSqlHost(string schema = "public", PostgreSqlServer? server = null, PgBouncer? bouncer = null)
    {
        _schema = schema;
        _bouncer = bouncer;
        ConnectionString = (server ?? PostgreSqlServer.Shared).CreateDatabase();
    }

    /// <summary>The connection string of the database; what is set is given to the stores opened from now on.</summary>
    public string ConnectionString { get; set; }

    public override string Prefix => $"{_schema}.";

    public override string Script => PostgreSqlKeyStore.CreateScript(_schema);

    public override string UpgradeScript => PostgreSqlKeyStore.UpgradeScript(_schema);

    public override async Task ExecuteUncheckedAsync(string table, string sql)
    {
        foreach (var check in await QueryAsync($"SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = '{Prefix}{table}'::regclass"))
        {
            await ExecuteAsync($"ALTER TABLE {Prefix}{table} DROP CONSTRAINT {check}");
        }

        await ExecuteAsync(sql);
    }

    protected override DbConnection CreateConnection() => new NpgsqlConnection($"{ConnectionString};Pooling=False");

    protected override IKeyStore OpenCore() => PostgreSqlKeyStore.Open(
        _bouncer?.Through(ConnectionString) ?? ConnectionString, new PostgreSqlKeyStoreOptions { Schema = _schema, CreateTables = CreateTables, Timeout = Timeout }, Time);
}
