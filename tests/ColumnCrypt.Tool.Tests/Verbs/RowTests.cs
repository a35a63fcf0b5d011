using ColumnCrypt.Tool.Tests.Support;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class RowTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Walks_AreAskedForWithoutAKek_AndApproved(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("northgate");
        await jo.MakeRowsAsync(jo.KekA, "northgate");
        foreach (string[] verb in new string[][] { ["reencrypt"], ["adopt", "--column", "people.ssn_encrypted"] })
        {
            string[] ask = [.. verb, "--enqueue", "--data-connection", jo.DataConnection, "--provider", jo.Provider, "--connection", jo.Connection, "--json"];
            string configuration = await File.ReadAllTextAsync(jo.Folder.File("columncrypt.json"));
            jo.Configure("{}");
            Assert.True((bool)(await jo.RunAsync([.. ask, "--dry-run"])).IsDone().Json["dryRun"]!);
            var asked = (await jo.RunAsync(ask)).IsDone().Json;
            Assert.Equal((verb[0], "Requested"), ((string?)asked["kind"], (string?)asked["state"]));
            jo.Configure(configuration);
            Assert.Equal("Ready", (string?)(await jo.RunAsync("jobs", "approve", (string)asked["jobId"]!, "--yes", "--json")).IsDone().Json["state"]);
        }
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Job_OfAColumnThatWasMovedSince_IsListedWithTheReason_AndARestoreNamesTheColumn(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("northgate");
        await jo.MakeRowsAsync(jo.KekA, "northgate");
        string[] adopt = ["adopt", "--column", "people.ssn_encrypted", "--data-connection", jo.DataConnection];
        var asked = (await jo.RunAsync([.. adopt, "--enqueue", "--back", "a trial", "--json"])).IsDone().Json;
        string job = (string)asked["jobId"]!;
        Assert.Equal("dual", (string?)asked["target"]!["state"]);
        (await jo.RunAsync(adopt)).IsDone();
        (await jo.RunAsync("jobs", "approve", job, "--yes")).IsDone();
        await Assert.ThrowsAsync<KeyStateException>(jo.WorkAsync);

        var listed = (await jo.RunAsync("jobs", "list", "--json")).IsDone().Json.AsArray().Single(one => (string?)one!["jobId"] == job)!;
        Assert.Equal("Cancelled", (string?)listed["state"]);
        Assert.Contains("somebody moved it meanwhile", (string?)listed["reason"], StringComparison.Ordinal);
        Assert.Contains($"{job} is Cancelled", (await jo.RunAsync("jobs", "list")).IsDone().Output.ReplaceLineEndings(" "), StringComparison.Ordinal);

        (await jo.RunAsync("backup", "keys.backup")).IsDone();
        using var other = new Operator(kind);
        string restored = (await jo.RunAsync("restore", "keys.backup", "--reason", "disk lost", "--connection", other.Connection)).IsDone().Output;
        Assert.Contains("people.ssn_encrypted", restored, StringComparison.Ordinal);
        Assert.Contains("Verified", restored, StringComparison.Ordinal);
        Assert.Contains("compare the states of the adopted columns", restored.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    // What only the copy has conflicts where it is written: so pages are read there.
    [Fact]
    public async Task Adopt_WithAReadConnection_ReadsPagesThere()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("northgate");
        await jo.MakeRowsAsync(jo.KekA, "northgate");
        string copy = jo.Folder.File("copy.db");
        File.Copy(new SqliteConnectionStringBuilder(jo.DataConnection).DataSource, copy);
        await using (var connection = new SqliteConnection($"{jo.DataConnection};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE people SET ssn = '000-77-0001'";
            await command.ExecuteNonQueryAsync();
        }

        string[] adopt = ["adopt", "--column", "people.ssn_encrypted", "--data-connection", jo.DataConnection, "--json"];
        Assert.Equal(1, (await jo.RunAsync([.. adopt, "--read-connection", $"Data Source={jo.Folder.File("none.db")}"])).Code);
        var view = (await jo.RunAsync([.. adopt, "--read-connection", $"Data Source={copy}"])).IsDone().Json;
        Assert.Equal(("Verified", 1, 1), ((string?)view["state"], (long)view["changed"]!, (long)view["conflicts"]!));
    }

    // A script goes on to the next step, or to drop the column.
    [Fact]
    public async Task Adopt_ThatDoesNotComeToItsEnd_HasFailed_AlsoWhereNoRowHas()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("northgate");
        await jo.MakeRowsAsync(jo.KekA, "northgate");
        await using (var connection = new SqliteConnection($"{jo.DataConnection};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TRIGGER undo AFTER UPDATE OF ssn_encrypted ON people BEGIN UPDATE people SET ssn_encrypted = x'' WHERE id = NEW.id; END";
            await command.ExecuteNonQueryAsync();
        }

        string[] adopt = ["adopt", "--column", "people.ssn_encrypted", "--data-connection", jo.DataConnection, "--json"];
        var left = await jo.RunAsync(adopt);
        Assert.Equal((1, "Dual", false), (left.Code, (string?)left.Json["state"], (bool)left.Json["done"]!));
        Assert.Empty(left.Json["failures"]!.AsArray());
        Assert.Contains("Pass after pass", (string?)left.Json["nextStep"], StringComparison.Ordinal);
        Assert.Equal("Stopped", (string?)left.Json["job"]!["state"]);
        Assert.True((bool)(await jo.RunAsync([.. adopt, "--fill-only"])).IsDone().Json["done"]!);
    }
}
