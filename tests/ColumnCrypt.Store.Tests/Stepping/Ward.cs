using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Sqlite;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>An application's database with key tables in it, and a node over them, on one of the two databases.</summary>
internal sealed class Ward : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _connection;

    private Ward(bool isPostgreSql, PostgreSqlServer? server)
    {
        IsPostgreSql = isPostgreSql;
        _connection = isPostgreSql ? (server ?? PostgreSqlServer.Shared).CreateDatabase() : $"Data Source={_folder.File("ward.db")}";
        Data = isPostgreSql ? NpgsqlDataSource.Create(_connection) : SqliteFactory.Instance.CreateDataSource(_connection);
        FileKek.Create(KekFile, Passphrase, new FileKekOptions { Iterations = 100_000 });
        Instance = Open();
    }

    public static TheoryData<string> Databases => ["sqlite", "postgresql"];

    public bool IsPostgreSql { get; }

    public DbDataSource Data { get; }

    /// <summary>The passphrase of the KEK.</summary>
    public const string Passphrase = "a passphrase for tests";

    public string KekFile => _folder.File("kek.json");

    /// <summary>The connection strings of the key tables and of the application's tables.</summary>
    public (string Keys, string Data) Connections => (IsPostgreSql ? _connection : $"Data Source={_folder.File("keys.db")}", _connection);

    public ColumnCryptInstance Instance { get; }

    /// <summary>The type of bytes, and of a UUID.</summary>
    public string Bytes => IsPostgreSql ? "bytea" : "BLOB";

    public string Schema => IsPostgreSql ? "public" : "";

    public string Database => IsPostgreSql ? new NpgsqlConnectionStringBuilder(_connection).Database! : "ward.db";

    /// <summary>Makes a ward.</summary>
    /// <param name="database">Which database.</param>
    /// <param name="server">The PostgreSQL it is on; null for the one of the test process.</param>
    public static async Task<Ward> CreateAsync(string database, PostgreSqlServer? server = null)
    {
        var ward = new Ward(database == "postgresql", server);
        await ward.Instance.Keys.InitAsync();
        if (!ward.IsPostgreSql)
        {
            await ward.ExecuteAsync("PRAGMA journal_mode = WAL");
        }

        return ward;
    }

    /// <summary>Another node over the same tables.</summary>
    public ColumnCryptInstance Open() => ColumnCryptInstance.Create(Configure);

    /// <summary>Says what a node over these tables uses.</summary>
    public void Configure(ColumnCryptBuilder cc)
    {
        (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        UseStore(cc.UseKek($"file:{KekFile}", static options => options.Passphrase = Passphrase));
    }

    /// <summary>Says that a node uses these tables.</summary>
    public ColumnCryptBuilder UseStore(ColumnCryptBuilder cc) => IsPostgreSql
        ? cc.UsePostgreSqlKeyStore(_connection, static options => options.CreateTables = true)
        : cc.UseSqliteKeyStore(Connections.Keys);

    public ColumnRecord Column(string table, string column, string codec = "text", string keys = """["id"]""") => new()
    {
        Database = Database, Schema = Schema, Table = table, Column = column, Purpose = $"{table}.{column}", Codec = codec, KeyColumns = keys,
    };

    public ValueTask RegisterAsync(params ColumnRecord[] columns) => Instance.RegisterColumnsAsync("acme", Database, columns, TestContext.Current.CancellationToken);

    public async Task<byte[]> EncryptAsync(string tenant, string purpose, string text)
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 1, TestContext.Current.CancellationToken);
        return lease.Encrypt(purpose, text, ValueCodecs.For<string>());
    }

    public async Task<string> DecryptAsync(string tenant, string purpose, byte[] value)
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 0, TestContext.Current.CancellationToken);
        return lease.Decrypt(purpose, value, ValueCodecs.For<string>());
    }

    /// <summary>The id of a tenant's Active data key.</summary>
    public async Task<KeyId> ActiveAsync(string tenant) =>
        (await Instance.Keys.ListKeysAsync(tenant)).Single(static key => key is { Kind: KeyKind.Data, State: KeyState.Active }).KeyId;

    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Data.OpenConnectionAsync();
        return await ExecuteAsync(connection, sql, parameters);
    }

    /// <summary>Runs a statement on the key tables.</summary>
    public async Task<int> ExecuteOnKeysAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using DbConnection connection = IsPostgreSql ? new NpgsqlConnection(Connections.Keys) : new SqliteConnection(Connections.Keys);
        await connection.OpenAsync();
        return await ExecuteAsync(connection, sql, parameters);
    }

    public static async Task<int> ExecuteAsync(DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<List<object?[]>> QueryAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Data.OpenConnectionAsync();
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        List<object?[]> rows = [];
        while (await reader.ReadAsync())
        {
            object[] row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add([.. row.Select(static value => value is DBNull ? null : value)]);
        }

        return rows;
    }

    public async Task<long> CountAsync(string sql) => Convert.ToInt64((await QueryAsync(sql))[0][0], System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        Instance.Dispose();
        await Data.DisposeAsync();
        if (!IsPostgreSql)
        {
            SqliteConnection.ClearAllPools();
        }

        _folder.Dispose();
    }

    private static DbCommand Command(DbConnection connection, string sql, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
