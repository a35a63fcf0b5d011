using ColumnCrypt.Kek;
using ColumnCrypt.Store.TestHost;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Processes;

/// <summary>A database with a table <c>patient</c>, no key tables yet, and the KEK that all nodes share.</summary>
internal sealed class Application : IAsyncDisposable
{
    public const string Tenant = "clinic-a";
    public const string Passphrase = "a passphrase for tests";

    private readonly TempFolder _folder = new();
    private readonly SqlHost _host;

    private Application(string provider)
    {
        Provider = provider;
        _host = provider == "postgresql" ? new PostgreSqlHost() : new SqliteHost();
        ConnectionString = _host is PostgreSqlHost postgreSql ? postgreSql.ConnectionString : ((SqliteHost)_host).ConnectionString;
        FileKek.Create(KekFile, Passphrase, new FileKekOptions { Iterations = 100_000 });
    }

    public string Provider { get; }

    public string ConnectionString { get; }

    public string KekFile => _folder.File("kek.json");

    public static async Task<Application> CreateAsync(string provider)
    {
        var application = new Application(provider);
        await application._host.ExecuteAsync($"CREATE TABLE patient (id {(provider == "postgresql" ? "serial" : "integer")} PRIMARY KEY, name {(provider == "postgresql" ? "bytea" : "blob")})");
        return application;
    }

    public NodeProcess Start(int rows, HaltPoint halt = HaltPoint.None) => new(this, rows, halt);

    /// <summary>A node in this process.</summary>
    public Node Open()
    {
        // Read when the KEK is opened, which the file and the environment say, as in every other node.
        Environment.SetEnvironmentVariable("COLUMNCRYPT_PASSPHRASE", Passphrase);
        return new Node(Provider, ConnectionString, KekFile, static _ => Task.CompletedTask);
    }

    /// <summary>The data keys of the tenant as <c>id state</c>.</summary>
    public Task<List<string?>> DataKeysAsync() => _host.QueryAsync(Provider == "postgresql"
        ? $"SELECT encode(key_id, 'hex') || ' ' || state FROM columncrypt_key WHERE kind = 'data' AND tenant = '{Tenant}'"
        : $"SELECT lower(hex(key_id)) || ' ' || state FROM columncrypt_key WHERE kind = 'data' AND tenant = '{Tenant}'");

    /// <summary>How many rows the application has, decrypted or not.</summary>
    public async Task<int> RowsAsync() => (await _host.QueryAsync("SELECT id FROM patient")).Count;

    /// <summary>Shows that each row can be read by a node that has just started, and returns how many there are.</summary>
    public async Task<int> ReadAllAsync()
    {
        await using var node = Open();
        var names = await node.ReadAsync(Tenant);
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        return names.Count;
    }

    public Task<List<string?>> QueryAsync(string sql) => _host.QueryAsync(sql);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }
}
