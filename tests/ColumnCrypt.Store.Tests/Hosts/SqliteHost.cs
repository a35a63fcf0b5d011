using System.Data.Common;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Store.Tests.Hosts;

public sealed class SqliteHost : SqlHost
{
    private readonly TempFolder _folder = new();

    public string File => _folder.File("keys.db");

    public string ConnectionString => $"Data Source={File}";

    public override string Script => SqliteKeyStore.CreateScript();

    public override string UpgradeScript => SqliteKeyStore.UpgradeScript();

    public override async Task ExecuteUncheckedAsync(string table, string sql)
    {
        await using var connection = await ConnectAsync();
        await ExecuteAsync(connection, "PRAGMA ignore_check_constraints = ON");
        await ExecuteAsync(connection, sql);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override DbConnection CreateConnection() => new SqliteConnection($"{ConnectionString};Pooling=False");

    protected override IKeyStore OpenCore() =>
        SqliteKeyStore.Open(ConnectionString, new SqliteKeyStoreOptions { CreateTables = CreateTables, Timeout = Timeout }, Time);
}
