using System.Text.Json.Nodes;
using ColumnCrypt.Tool.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class AuditTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Audit_WhenExportedAndVerified_IsOneChainUpToTheCheckpoint(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        (await jo.RunAsync("keys", "suspend", keyId, "--reason", "x")).IsDone();
        (await jo.RunAsync("audit", "checkpoint", "--dry-run")).IsDone();
        var checkpoint = (await jo.RunAsync("audit", "checkpoint", "--out", "at.json", "--json")).IsDone().Json;
        Assert.Equal((string)checkpoint["hash"]!, (string)JsonNode.Parse(File.ReadAllText(jo.Folder.File("at.json")))!["hash"]!);

        var lines = (await jo.RunAsync("audit", "export")).IsDone().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(static i => (long)i), lines.Select(static line => (long)JsonNode.Parse(line)!["sequence"]!));
        Assert.Equal((long)checkpoint["sequence"]!, lines.Length);
        Assert.Empty((await jo.RunAsync("audit", "export", "--after", $"{lines.Length}")).IsDone().Output);
        Assert.Single((await jo.RunAsync("audit", "list", "--limit", "1", "--json")).IsDone().Json.AsArray());
        Assert.Contains("key.suspend", (await jo.RunAsync("audit", "list")).IsDone().Output.Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var verdict = (await jo.RunAsync("audit", "verify", "--checkpoint", "at.json", "--json")).IsDone().Json;
        Assert.Equal((true, lines.Length), ((bool)verdict["isValid"]!, (int)verdict["entries"]!));
        await EditAsync(jo, "UPDATE columncrypt_audit SET actor = 'nobody' WHERE action = 'key.suspend'");
        var bad = await jo.RunAsync("audit", "verify", "--json");
        Assert.Equal((1, false), (bad.Code, (bool)bad.Json["isValid"]!));
        Assert.Contains("NOT as it was written", (await jo.RunAsync("audit", "verify")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WhenTheCheckpointIsNone_IsAUsageError()
    {
        using var jo = new Operator();
        await jo.SetUpAsync();
        File.WriteAllText(jo.Folder.File("bad.json"), "{}");
        (await jo.RunAsync("audit", "verify", "--checkpoint", "bad.json")).Failed(2, "no checkpoint");
        (await jo.RunAsync("audit", "verify", "--checkpoint", "a.txt")).Failed(2, "no checkpoint");
        (await jo.RunAsync("audit", "verify", "--checkpoint", "missing.json")).Failed(1, "missing.json");
    }

    private static async Task EditAsync(Operator jo, string sql)
    {
        System.Data.Common.DbConnection connection = jo.Kind == DatabaseKind.Sqlite ? new SqliteConnection(jo.Connection) : new NpgsqlConnection(jo.Connection);
        await using (connection)
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }
    }
}
