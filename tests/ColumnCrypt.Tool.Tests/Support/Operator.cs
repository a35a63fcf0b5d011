using System.Text.RegularExpressions;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Running;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>
/// Somebody at a command line, in a folder of his own with a KEK, a configuration file and an empty key store. Whatever he runs is
/// checked for passphrases, passwords and stack traces.
/// </summary>
internal sealed partial class Operator : IDisposable
{
    public const string Passphrase = "canary-passphrase-of-the-first";
    public const string OtherPassphrase = "canary-passphrase-of-the-second";
    public const string Password = "canary-password";

    private static readonly FileKekOptions s_cheap = new() { Iterations = 100_000 };

    public Operator(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        Kind = kind;
        Connection = kind == DatabaseKind.Sqlite
            ? $"Data Source={Folder.File("keys.db")}"
            : NewDatabase();
        FileKek.Create(Folder.File("a.json"), Passphrase, s_cheap);
        FileKek.Create(Folder.File("b.json"), OtherPassphrase, s_cheap);
        File.WriteAllText(Folder.File("a.txt"), Passphrase + "\n");
        File.WriteAllText(Folder.File("b.txt"), OtherPassphrase + "\n");
        Configure($$"""{ "provider": "{{Provider}}", "connection": "{{Connection}}", "keks": [{ "uri": "{{KekA}}", "passphraseFile": "a.txt" }] }""");
    }

    /// <summary>The connection string of an empty database on PostgreSQL, with a password that must not be seen.</summary>
    public static string NewDatabase() => new NpgsqlConnectionStringBuilder(PostgreSqlServer.Shared.CreateDatabase()) { Password = Password }.ToString();

    public DatabaseKind Kind { get; }

    public string Provider => Kind == DatabaseKind.Sqlite ? "sqlite" : "postgresql";

    public string Connection { get; }

    public TempFolder Folder { get; } = new();

    public string KekA => $"file:{Folder.File("a.json")}";

    public string KekB => $"file:{Folder.File("b.json")}";

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What is typed at the terminal; null where there is none.</summary>
    public string? Types { get; set; }

    /// <summary>The answers to questions for a passphrase; null where nobody can be asked.</summary>
    public Queue<string>? Secrets { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether the standard error is a terminal.</summary>
    public bool Watches { get; set; }

    /// <summary>Called with every line on the standard error.</summary>
    public Action<string>? OnErrorLine { get; set; }

    public void Dispose() => Folder.Dispose();

    public void Configure(string json) => File.WriteAllText(Folder.File("columncrypt.json"), json);

    /// <summary>Adds the second KEK to the configuration, with its passphrase.</summary>
    public void AllowB() => Configure(
        $$"""
        {
          "provider": "{{Provider}}", "connection": "{{Connection}}",
          "keks": [{ "uri": "{{KekA}}", "passphraseFile": "a.txt" }], "allowKeks": [{ "uri": "{{KekB}}", "passphraseFile": "b.txt" }]
        }
        """);

    public Task<Run> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public async Task<Run> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new ListeningWriter(line => OnErrorLine?.Invoke(line));
        var environment = new CliEnvironment
        {
            Output = output,
            Error = error,
            Input = new StringReader(Types is null ? "" : Types + "\n"),
            Variables = Variables,
            CurrentDirectory = Folder.Path,
            User = "jo@desk",
            IsInputTerminal = Types is not null,
            IsErrorTerminal = Watches,
            IsOutputTerminal = Watches,
            ReadSecret = Secrets is { } secrets ? _ => secrets.TryDequeue(out string? secret) ? secret : null : null,
            Time = Time,
        };
        int code = await Cli.RunAsync(arguments, environment, cancellationToken);
        var run = new Run(code, output.ToString(), error.ToString());
        Assert.DoesNotContain("canary", run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", run.Output + run.Error, StringComparison.Ordinal);
        if (!arguments.Contains("--script") && !arguments.Contains("completion"))
        {
            AssertFits(Escapes().Replace(run.Output, ""));
        }

        return run;
    }

    // Tables have two spaces between columns; prose, JSON and examples are for the terminal to break.
    private static void AssertFits(string output) =>
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 80 || line.StartsWith("  columncrypt ", StringComparison.Ordinal) || !line.Contains("  ", StringComparison.Ordinal), $"Wider than 80 columns: {line}"));

    /// <summary>Makes the key tables, and keys of tenants as an application does; returns the id of the first tenant's data key.</summary>
    public async Task<string> SetUpAsync(params string[] tenants)
    {
        (await RunAsync("init")).IsDone();
        return tenants.Length == 0 ? "" : await MakeKeysAsync(KekA, tenants);
    }

    /// <summary>Makes keys of tenants as an application does; returns the id of the first tenant's data key.</summary>
    public async Task<string> MakeKeysAsync(string kek, params string[] tenants)
    {
        await using var application = ColumnCryptInstance.Create(builder => Use(builder).UseTimeProvider(Time).UseKek(kek, options => options.Passphrase = Passphrase));
        foreach (string tenant in tenants)
        {
            (await application.AcquireRingAsync(tenant, 1, CancellationToken.None)).Dispose();
        }

        return (await application.Keys.ListKeysAsync(tenants[0]))[0].KeyId.ToString();
    }

    /// <summary>The connection string of the application's database: on SQLite a file beside the keys, on PostgreSQL the same database.</summary>
    public string DataConnection => Kind == DatabaseKind.Sqlite ? $"Data Source={Folder.File("clinic.db")}" : Connection;

    /// <summary>Runs the approved jobs over rows, as a worker does.</summary>
    public async Task WorkAsync()
    {
        await using System.Data.Common.DbDataSource data = Kind == DatabaseKind.Sqlite ? Microsoft.Data.Sqlite.SqliteFactory.Instance.CreateDataSource($"{DataConnection};Pooling=False") : NpgsqlDataSource.Create(DataConnection);
        await using var worker = ColumnCryptInstance.Create(builder => Use(builder).UseTimeProvider(Time).UseKek(KekA, options => options.Passphrase = Passphrase));
        await worker.Keys.RunRowJobsAsync(_ => data, new Stepping.StepOptions());
    }

    /// <summary>Makes a table of the application with a row of plaintext, and registers its encrypted column as a version that adopts it does.</summary>
    public async Task MakeRowsAsync(string kek, string tenant)
    {
        await using System.Data.Common.DbConnection connection = Kind == DatabaseKind.Sqlite ? new Microsoft.Data.Sqlite.SqliteConnection($"{DataConnection};Pooling=False") : new NpgsqlConnection(DataConnection);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Kind == DatabaseKind.Sqlite
            ? "CREATE TABLE people (id integer PRIMARY KEY, ssn text, ssn_encrypted BLOB NOT NULL DEFAULT x'')"
            : "CREATE TABLE people (id integer PRIMARY KEY, ssn text, ssn_encrypted bytea NOT NULL DEFAULT '')";
        await command.ExecuteNonQueryAsync();
        command.CommandText = "INSERT INTO people (id, ssn) VALUES (1, '000-56-1950')";
        await command.ExecuteNonQueryAsync();
        await using var application = ColumnCryptInstance.Create(builder => Use(builder).UseTimeProvider(Time).UseKek(kek, options => options.Passphrase = Passphrase));
        string database = Kind == DatabaseKind.Sqlite ? "clinic.db" : connection.Database;
        var adoption = new Manifest.ColumnAdoption { PlainColumn = "ssn", Tenant = Manifest.RowTenant.Always(tenant) };
        await application.RegisterColumnsAsync(
            tenant,
            database,
            [
                new Metadata.ColumnRecord
                {
                    Database = database, Schema = Kind == DatabaseKind.Sqlite ? "" : "public", Table = "people", Column = "ssn_encrypted", Purpose = "person.ssn", Codec = "text",
                    KeyColumns = """["id"]""", Adoption = adoption.ToJson(),
                },
            ],
            CancellationToken.None);
    }

    /// <summary>Runs SQL on the key tables.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using System.Data.Common.DbConnection connection = Kind == DatabaseKind.Sqlite ? new Microsoft.Data.Sqlite.SqliteConnection($"{Connection};Pooling=False") : new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private ColumnCryptBuilder Use(ColumnCryptBuilder builder) => Kind == DatabaseKind.Sqlite
        ? builder.UseSqliteKeyStore(Connection)
        : builder.UsePostgreSqlKeyStore(Connection);

    [GeneratedRegex("\u001b\\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escapes();
}
