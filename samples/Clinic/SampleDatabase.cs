using System.Data.Common;
using ColumnCrypt.Kek;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Samples.Clinic;

/// <summary>Where the sample keeps things: everything that would differ in an application of yours is here.</summary>
public sealed class SampleDatabase(SampleOptions options)
{
    private const string KeySchema = "columncrypt_clinic_keys";

    public string KekFile { get; } = Path.Combine(options.Folder, "kek.json");

    public string Description => options.PostgreSql is null
        ? $"SQLite: {ApplicationFile} (rows), {KeyFile} (keys)"
        : $"PostgreSQL: schema {ClinicContext.Schema} (rows), schema {KeySchema} (keys)";

    private string ApplicationFile => Path.Combine(options.Folder, "clinic.db");

    private string KeyFile => Path.Combine(options.Folder, "keys.db");

    /// <summary>The two calls that an application makes.</summary>
    public ServiceProvider BuildServices(string passphrase) => BuildServices(cc => cc.UseKek($"file:{KekFile}", kek => kek.Passphrase = passphrase));

    /// <summary>The same under a KEK of another backend: <c>cc.AddAwsKms().UseKek("aws-kms:…")</c>.</summary>
    public ServiceProvider BuildServices(Action<ColumnCryptBuilder> useKek)
    {
        var services = new ServiceCollection();
        services.AddColumnCrypt(cc =>
        {
            useKek(cc);
            if (options.PostgreSql is null)
            {
                cc.UseSqliteKeyStore($"Data Source={KeyFile}");
            }
            else
            {
                cc.UsePostgreSqlKeyStore(options.PostgreSql, store => (store.Schema, store.CreateTables) = (KeySchema, true));
            }
        });
        services.AddDbContext<ClinicContext>(db =>
        {
            _ = options.PostgreSql is null ? db.UseSqlite($"Data Source={ApplicationFile}") : db.UseNpgsql(options.PostgreSql);
            db.UseColumnCrypt<ClinicContext>(context => context.Tenant);
        });
        return services.BuildServiceProvider();
    }

    /// <summary>Takes away what an earlier run left, so that each run shows the same.</summary>
    public async Task ClearAsync()
    {
        Directory.CreateDirectory(options.Folder);
        foreach (string file in new[] { KekFile, ApplicationFile, KeyFile })
        {
            foreach (string suffix in new[] { "", "-wal", "-shm" })
            {
                File.Delete(file + suffix);
            }
        }

        if (options.PostgreSql is not null)
        {
            await using var connection = new NpgsqlConnection(options.PostgreSql);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"DROP SCHEMA IF EXISTS {ClinicContext.Schema}, {KeySchema} CASCADE", connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    public void CreateKek(string passphrase) => FileKek.Create(KekFile, passphrase);

    /// <summary>Creates the application's tables; <c>EnsureCreated</c> does not where a database already holds others.</summary>
    public static async Task CreateTablesAsync(ClinicContext db)
    {
        var creator = (RelationalDatabaseCreator)db.GetService<IDatabaseCreator>();
        if (!await creator.ExistsAsync())
        {
            await creator.CreateAsync();
        }

        await creator.CreateTablesAsync();
    }

    /// <summary>A row as somebody sees it who has the database alone.</summary>
    public async Task<IReadOnlyDictionary<string, object?>> ReadRawAsync(int id)
    {
        await using DbConnection connection = options.PostgreSql is null ? new SqliteConnection($"Data Source={ApplicationFile}") : new NpgsqlConnection(options.PostgreSql);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {(options.PostgreSql is null ? "" : ClinicContext.Schema + ".")}\"Patients\" WHERE \"Id\" = {id}";
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i));
    }
}
