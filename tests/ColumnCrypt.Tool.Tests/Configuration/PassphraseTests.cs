using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Configuration;

public sealed class PassphraseTests
{
    [Fact]
    public async Task Passphrase_WhenNothingSaysIt_IsAskedForAndOnlyOnATerminal()
    {
        using var jo = WithoutPassphrase();
        (await jo.RunAsync("init")).Failed(2, "--passphrase-file");
        jo.Secrets = new([Operator.Passphrase]);
        (await jo.RunAsync("init")).IsDone();
        Assert.Empty(jo.Secrets);
    }

    [Fact]
    public async Task Passphrase_WhenWrong_IsDenied()
    {
        using var jo = WithoutPassphrase();
        (await jo.RunAsync("init", "--passphrase-file", "a.txt")).IsDone();
        var run = await jo.RunAsync("status", "--passphrase-file", "b.txt", "--json");
        Assert.Equal((1, "denied"), (run.Code, run.ErrorKind));
    }

    [Fact]
    public async Task Passphrases_WhenTwoKeksDiffer_AreGivenInTheirOrder()
    {
        using var jo = WithoutPassphrase();
        string[] both = ["--passphrase-file", "a.txt", "--passphrase-file", "b.txt"];
        (await jo.RunAsync("init", "--passphrase-file", "a.txt")).IsDone();
        (await jo.RunAsync(["rewrap", "--to", jo.KekB, .. both])).IsDone();
        jo.Secrets = new([Operator.Passphrase, Operator.OtherPassphrase]);
        (await jo.RunAsync("keks", "check", jo.KekB)).IsDone();
    }

    [Fact]
    public async Task Passphrase_WhenOnStandardInput_IsItsFirstLine()
    {
        using var jo = WithoutPassphrase();
        jo.Types = Operator.Passphrase;
        (await jo.RunAsync("init", "--passphrase-fd", "0")).IsDone();
        jo.Types = "";
        (await jo.RunAsync("status", "--passphrase-fd", "0")).Failed(2, "standard input");
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("")]
    public async Task PassphraseFile_WhenItHoldsNotOneLine_IsAUsageError(string content)
    {
        using var jo = WithoutPassphrase();
        await File.WriteAllTextAsync(jo.Folder.File("bad.txt"), content);
        (await jo.RunAsync("init", "--passphrase-file", "bad.txt")).Failed(2, "only line");
        (await jo.RunAsync("init", "--passphrase-file", "none.txt")).Failed(2, "none.txt");
        (await jo.RunAsync("init", "--passphrase-fd", "0", "--passphrase-file", "a.txt")).Failed(2, "exclude");
        (await jo.RunAsync("init", "--passphrase-fd", "977")).Failed(2, "977");
    }

    private static Operator WithoutPassphrase()
    {
        var jo = new Operator();
        jo.Configure($$"""{ "provider": "sqlite", "connection": "{{jo.Connection}}", "keks": ["{{jo.KekA}}"] }""");
        return jo;
    }
}
