using ColumnCrypt.Tool.Tests.Support;
using Npgsql;

namespace ColumnCrypt.Tool.Tests.Output;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("columncrypt needs one of: init")]
    [InlineData("columncrypt keys needs one of: list", "keys")]
    [InlineData("nosuchverb", "nosuchverb")]
    [InlineData("See columncrypt keys list --help", "keys", "list")]
    [InlineData("tenant id", "keys", "list", "")]
    [InlineData("--nosuch", "status", "--nosuch")]
    [InlineData("SHELL", "completion", "fish")]
    public async Task CommandLine_WhenWrong_IsAUsageErrorWithoutSideEffect(string saying, params string[] arguments)
    {
        using var jo = new Operator();
        var run = await jo.RunAsync(arguments);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Output);
        if (saying != "SHELL")
        {
            Assert.Contains(saying, run.Error, StringComparison.Ordinal);
        }

        var json = await jo.RunAsync([.. arguments, "--json"]);
        Assert.Equal((2, "usage"), (json.Code, json.ErrorKind));
    }

    [Fact]
    public async Task CommandLine_WhenAPasswordIsMistyped_DoesNotRepeatIt()
    {
        using var jo = new Operator();
        (await jo.RunAsync("status", "--conection", $"Host=x;Password={Operator.Password}")).Failed(2, "--conection");
        (await jo.RunAsync("status", $"--conection=Host=x;Password={Operator.Password}")).Failed(2, "[hidden]");
    }

    [Fact]
    public async Task Store_WhenDown_IsATransientErrorWithoutThePassword()
    {
        using var jo = new Operator();
        string nobody = $"Host=127.0.0.1;Port=1;Username=x;Password={Operator.Password};Database=x";
        var run = await jo.RunAsync("status", "--provider", "postgresql", "--connection", nobody, "--json");
        Assert.Equal((1, "unavailable"), (run.Code, run.ErrorKind));
        Assert.Contains("\"transient\":true", run.Error, StringComparison.Ordinal);
        (await jo.RunAsync("status", "--provider", "postgresql", "--connection", $"Nonsense={Operator.Password}")).Failed(2, "connection string");
    }

    [Fact]
    public async Task Rights_WhenTheRoleHasNone_AreNamedInTheError()
    {
        using var jo = new Operator(DatabaseKind.PostgreSql);
        await jo.SetUpAsync("acme");
        string role = $"stranger_{Guid.NewGuid():N}";
        PostgreSqlServer.Shared.Execute($"CREATE ROLE {role} LOGIN");
        string connection = new NpgsqlConnectionStringBuilder(jo.Connection) { Username = role }.ToString();
        foreach (string[] verb in new string[][] { ["status"], ["tenants", "list"], ["keys", "rotate", "acme"], ["audit", "verify"], ["rewrap", "--to", jo.KekA] })
        {
            var run = await jo.RunAsync([.. verb, "--connection", connection, "--json"]);
            Assert.Equal(1, run.Code);
            Assert.Contains("permission denied", run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Kek_WhenItsFileIsGone_IsAnErrorWithItsPath(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        File.Delete(jo.Folder.File("a.json"));
        var run = await jo.RunAsync("keys", "list", "acme", "--json");
        Assert.Equal((1, "destroyed"), (run.Code, run.ErrorKind));
        Assert.Contains("a.json", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Tenant_WhenItsIdHoldsControlCharacters_DoesNotReachTheTerminal(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("evil\u001b[2J\u202etenant");
        string output = (await jo.RunAsync("tenants", "list")).IsDone().Output;
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\u202e', output);
        Assert.Contains("evil\\u001b[2J", output, StringComparison.Ordinal);
        Assert.Equal("evil\u001b[2J\u202etenant", (string)(await jo.RunAsync("tenants", "list", "--json")).IsDone().Json[0]!["tenant"]!);
    }
}
