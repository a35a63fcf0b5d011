using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Configuration;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("""{ "conection": "x", "keks": [] }""", "'conection' is not a member")]
    [InlineData("""{ "provider": 1 }""", "provider must be a string")]
    [InlineData("""{ "keks": "file:a" }""", "keks must be an array")]
    [InlineData("""{ "keks": [{ "url": "file:a" }] }""", "every item of keks")]
    [InlineData("""{ "keks": [{ "uri": "file:a", "pass": "x" }] }""", "'keks.pass' is not a member")]
    [InlineData("""{ "connection": "a", "connectionFile": "a.txt" }""", "exclude each other")]
    [InlineData("""{ "connection": "${NO_SUCH_VARIABLE}" }""", "NO_SUCH_VARIABLE")]
    [InlineData("""{ "pin": "a", "pin": "b" }""", "names a member twice")]
    [InlineData("[]", "JSON object")]
    [InlineData("{", "not JSON")]
    [InlineData("""{ "provider": "oracle" }""", "no provider 'oracle'")]
    [InlineData("{}", "No KEK")]
    [InlineData("""{ "keks": ["file:a"] }""", "No provider")]
    [InlineData("""{ "keks": ["file:a"], "provider": "sqlite" }""", "No key store")]
    public async Task File_WhenSomethingIsWrong_IsAUsageErrorThatNamesIt(string file, string saying)
    {
        using var jo = new Operator();
        jo.Configure(file);
        (await jo.RunAsync("status")).Failed(2, saying);
    }

    [Fact]
    public async Task File_WhenNamedByOptionOrVariable_MustExist()
    {
        using var jo = new Operator();
        (await jo.RunAsync("status", "--config", "missing.json")).Failed(2, "missing.json");
        jo.Variables["COLUMNCRYPT_CONFIG"] = "missing.json";
        (await jo.RunAsync("status")).Failed(2, "missing.json");
        (await jo.RunAsync("init", "--config", "columncrypt.json")).IsDone();
    }

    [Fact]
    public async Task Settings_WhenGivenTwice_TakeOptionBeforeEnvironmentBeforeFile()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        jo.Variables["COLUMNCRYPT_PROVIDER"] = "oracle";
        (await jo.RunAsync("status")).Failed(2, "oracle");
        (await jo.RunAsync("status", "--provider", "sqlite")).IsDone();
        jo.Variables["COLUMNCRYPT_PROVIDER"] = "";
        jo.Variables["COLUMNCRYPT_ACTOR"] = "from-environment";
        (await jo.RunAsync("shred", "hold", "acme", "--reason", "x")).IsDone();
        (await jo.RunAsync("shred", "release", "acme", "--reason", "x", "--actor", "from-option")).IsDone();
        string audit = (await jo.RunAsync("audit", "export")).IsDone().Output;
        Assert.Contains("\"from-environment\",\"action\":\"shred.hold\"", audit, StringComparison.Ordinal);
        Assert.Contains("\"from-option\",\"action\":\"shred.release\"", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_WhenAllInTheEnvironment_NeedNoFile()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        File.Delete(jo.Folder.File("columncrypt.json"));
        await File.WriteAllTextAsync(jo.Folder.File("connection.txt"), jo.Connection + "\n");
        jo.Variables["COLUMNCRYPT_PROVIDER"] = "sqlite";
        jo.Variables["COLUMNCRYPT_CONNECTION_FILE"] = "connection.txt";
        jo.Variables["COLUMNCRYPT_KEK"] = $"{jo.KekA}\n{jo.KekB}";
        jo.Variables["COLUMNCRYPT_PASSPHRASE"] = Operator.Passphrase;
        (await jo.RunAsync("tenants", "show", "acme")).IsDone();
        Assert.Equal(2, (await jo.RunAsync("keks", "list", "--json")).IsDone().Json.AsArray().Count);
    }

    [Fact]
    public async Task File_WhenItUsesVariablesAndFiles_FillsThemIn()
    {
        using var jo = new Operator();
        await jo.SetUpAsync();
        Directory.CreateDirectory(jo.Folder.File("etc"));
        await File.WriteAllTextAsync(jo.Folder.File("etc/connection.txt"), jo.Connection);
        await File.WriteAllTextAsync(
            jo.Folder.File("etc/cc.json"),
            $$"""{ /* comments are fine */ "provider": "sqlite", "connectionFile": "${CONNECTION_NAME}.txt", "keks": ["{{jo.KekA}}"], "passphraseFile": "../a.txt", }""");
        jo.Variables["CONNECTION_NAME"] = "connection";
        (await jo.RunAsync("status", "--config", "etc/cc.json")).IsDone();
    }
}
