using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A database has one name, however it is connected to, and is what it is, whatever it is called.</summary>
public sealed class DatabaseNameTests : IDisposable
{
    private readonly TempFolder _folder = new();

    // As SQLite calls its own.
    [Fact]
    public async Task Database_OfPostgreSqlThatIsCalledMain_IsWalkedAsOneOfPostgreSql()
    {
        string server = PostgreSqlServer.Shared.CreateDatabase();
        await ExecuteAsync(server, "CREATE DATABASE main");
        try
        {
            string connection = new NpgsqlConnectionStringBuilder(server) { Database = "main", Pooling = false }.ConnectionString;
            await using var data = NpgsqlDataSource.Create(connection);
            using var instance = ColumnCryptInstance.Create(cc =>
            {
                (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
                cc.UseInMemoryKeys();
            });
            await using (var closed = new NpgsqlConnection(connection))
            {
                Assert.Equal("main", instance.NameOfDatabase("acme", closed));
            }

            await ExecuteAsync(connection, "CREATE TABLE people (id integer PRIMARY KEY, note text, note_encrypted bytea NOT NULL DEFAULT '')");
            await ExecuteAsync(connection, "INSERT INTO people VALUES (1, 'kept')");
            await instance.RegisterColumnsAsync(
                "acme",
                "main",
                [
                    new ColumnRecord
                    {
                        Database = "main", Schema = "public", Table = "people", Column = "note_encrypted", Purpose = "people.note", Codec = "text", KeyColumns = """["id"]""",
                        Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson(),
                    },
                ],
                TestContext.Current.CancellationToken);
            Assert.Equal(AdoptionState.Verified, (await instance.Keys.AdoptAsync(new AdoptOptions("people.note_encrypted"), data)).State);
            await instance.Keys.CompromiseAsync((await instance.Keys.ListKeysAsync("acme")).Single(static key => key.Kind == KeyKind.Data).KeyId, "a test");
            Assert.Equal(1, (await instance.Keys.ReencryptAsync(new ReencryptOptions(), data)).Changed);
        }
        finally
        {
            await ExecuteAsync(server, "DROP DATABASE main WITH (FORCE)");
        }
    }

    // Else it is two to the manifest, and one of them begins its adoption anew.
    [Fact]
    public async Task File_HasOneName_HoweverItIsGiven_OpenOrNot()
    {
        using var instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        string path = _folder.File("our clinic.db");
        foreach (string source in new[] { path, $"file:{path}", $"file:{path.Replace(" ", "%20", StringComparison.Ordinal)}?cache=private" })
        {
            await using var connection = new SqliteConnection($"Data Source={source};Pooling=False");
            string closed = instance.NameOfDatabase("acme", connection);
            await connection.OpenAsync(TestContext.Current.CancellationToken);

            // Another instance has not heard of it closed.
            using var other = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
            Assert.Equal(("our clinic.db", "our clinic.db"), (closed, other.NameOfDatabase("acme", connection)));
        }

        await using var memory = new SqliteConnection("Data Source=shared;Mode=Memory;Cache=Shared");
        string before = instance.NameOfDatabase("acme", memory);
        await memory.OpenAsync(TestContext.Current.CancellationToken);
        using var later = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        Assert.Equal(("shared", "shared"), (before, later.NameOfDatabase("acme", memory)));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
