using ColumnCrypt.Tool.Tests.Support;
using Npgsql;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class StoreTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Init_WhenRunTwice_GivesOneCommitmentAndItCanBePinned(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        var plan = (await jo.RunAsync("init", "--dry-run", "--json")).IsDone().Json;
        Assert.True((bool)plan["dryRun"]!);
        var first = (await jo.RunAsync("init", "--json")).IsDone().Json;
        var second = (await jo.RunAsync("init", "--upgrade", "--json")).IsDone().Json;
        Assert.Equal((string)first["commitment"]!, (string)second["commitment"]!);
        Assert.Equal(64, ((string)first["commitment"]!).Length);
        (await jo.RunAsync("status", "--pin", (string)first["commitment"]!)).IsDone();
        (await jo.RunAsync("status", "--pin", new string('0', 64))).Failed(1, "pin");
        Assert.Contains((string)first["keyId"]!, (await jo.RunAsync("init", "--dry-run")).IsDone().Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Status_WhenKeysExist_CountsThem(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme", "globex");
        var status = (await jo.RunAsync("status", "--json")).IsDone().Json;
        Assert.Equal(2, (int)status["tenants"]!["Active"]!);
        Assert.Contains(status["keys"]!.AsArray(), static key => (string)key!["kind"]! == "data" && (string)key["state"]! == "Active" && (int)key["count"]! == 2);
        Assert.Equal(3, (int)status["wraps"]![0]!["count"]!);
        Assert.Contains("installation", (await jo.RunAsync("status")).IsDone().Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Script_WhenRun_MakesTheTablesThatInitFindsAndNeedsNoKek(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string script = (await jo.RunAsync("init", "--script")).IsDone().Output;
        jo.Configure("{}");
        Assert.Equal(script, (await jo.RunAsync("init", "--script", "--provider", jo.Provider)).IsDone().Output);
        Assert.Equal(script.TrimEnd(), ((string)(await jo.RunAsync("init", "--script", "--provider", jo.Provider, "--json")).IsDone().Json["script"]!).TrimEnd());
        if (kind == DatabaseKind.PostgreSql)
        {
            await using var source = NpgsqlDataSource.Create(jo.Connection);
            await using var command = source.CreateCommand(script);
            await command.ExecuteNonQueryAsync();
            (await jo.RunAsync("status", "--provider", jo.Provider, "--connection", jo.Connection, "--kek", jo.KekA, "--passphrase-file", "a.txt")).Failed(1, "columncrypt init");
            (await jo.RunAsync("init", "--provider", jo.Provider, "--connection", jo.Connection, "--kek", jo.KekA, "--passphrase-file", "a.txt")).IsDone();
        }
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Tables_OfAnEarlierVersion_AreNamedAsSuch_AndUpgradedByTheScriptOrTheCommand(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        await jo.MakeRowsAsync(jo.KekA, "acme");
        string[] counting = ["adopt", "--column", "people.ssn_encrypted", "--data-connection", jo.DataConnection, "--dry-run"];
        (await jo.RunAsync(counting)).IsDone();
        foreach (string[] upgrade in new string[][] { ["init", "--upgrade", "--script"], ["init", "--upgrade"] })
        {
            await jo.ExecuteAsync("DELETE FROM columncrypt_column");
            await jo.ExecuteAsync("ALTER TABLE columncrypt_column DROP COLUMN adoption");
            (await jo.RunAsync(counting)).Failed(1, "columncrypt init --upgrade --script");
            string said = (await jo.RunAsync(upgrade)).IsDone().Output;
            if (upgrade.Contains("--script"))
            {
                Assert.DoesNotContain("CREATE TABLE", said, StringComparison.Ordinal);
                await jo.ExecuteAsync(said);
            }

            (await jo.RunAsync(counting)).Failed(1, "The manifest names no column");
        }
    }

    [Fact]
    public async Task Script_WithRoles_LetsAnOperatorWorkAndAnAuditorRead()
    {
        using var jo = new Operator(DatabaseKind.PostgreSql);
        string id = Guid.NewGuid().ToString("N");
        string[] roles = [$"app_{id}", $"operator_{id}", $"auditor_{id}"];
        foreach (string role in roles)
        {
            PostgreSqlServer.Shared.Execute($"CREATE ROLE {role} LOGIN");
        }

        await using (var source = NpgsqlDataSource.Create(jo.Connection))
        {
            await using var command = source.CreateCommand((await jo.RunAsync("init", "--script", "--roles", string.Join(',', roles))).IsDone().Output);
            await command.ExecuteNonQueryAsync();
        }

        string keyId = await jo.SetUpAsync("acme");
        (await jo.RunAsync("keys", "suspend", keyId, "--reason", "x", "--connection", As(roles[1]))).IsDone();
        (await jo.RunAsync("audit", "verify", "--connection", As(roles[2]))).IsDone();
        (await jo.RunAsync("keys", "resume", keyId, "--reason", "x", "--connection", As(roles[2]))).Failed(1, "permission denied");
        (await jo.RunAsync("init", "--script", "--provider", "sqlite", "--roles", "a,b,c")).Failed(2, "PostgreSQL");

        string As(string role) => new NpgsqlConnectionStringBuilder(jo.Connection) { Username = role }.ToString();
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task AnyVerb_WhenNothingIsInitialised_SaysHowToInitialise(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        var run = await jo.RunAsync("tenants", "list", "--json");
        Assert.Equal(1, run.Code);
        Assert.Equal("not-initialized", run.ErrorKind);
        Assert.Contains("columncrypt init", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_WhenRolesAreGivenWithoutScript_IsAUsageError()
    {
        using var jo = new Operator();
        (await jo.RunAsync("init", "--roles", "a,b,c")).Failed(2, "--script");
        (await jo.RunAsync("init", "--script", "--roles", "a,b")).Failed(2, "APP,OPERATOR,AUDITOR");
    }
}
