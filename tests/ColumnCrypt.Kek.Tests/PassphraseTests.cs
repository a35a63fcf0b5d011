namespace ColumnCrypt.Kek.Tests;

[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
public sealed class ProcessEnvironment;

/// <summary>Where a passphrase comes from. Changes the environment of the process, so nothing else runs meanwhile.</summary>
[Collection(nameof(ProcessEnvironment))]
public sealed class PassphraseTests : IDisposable
{
    private const string Variable = "COLUMNCRYPT_PASSPHRASE";
    private const string FileVariable = "COLUMNCRYPT_PASSPHRASE_FILE";
    private const string Secret = "the right passphrase";
    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly string? _fileBefore = Environment.GetEnvironmentVariable(FileVariable);

    public PassphraseTests()
    {
        Set(null, null);
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
    }

    public void Dispose()
    {
        Set(_before, _fileBefore);
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_WhenNobodyGivesAPassphrase_NamesTheThreeWays()
    {
        var error = await Assert.ThrowsAsync<KekException>(async () => await CheckAsync(null));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(Variable, error.Message, StringComparison.Ordinal);
        Assert.Contains(FileVariable, error.Message, StringComparison.Ordinal);
        Assert.Contains("UseKek", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheVariableIsSet_TakesIt()
    {
        Set(Secret, null);
        await CheckAsync(null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Open_WhenTheFileIsNamed_TakesItsLineWithoutTheEnd(string end)
    {
        File.WriteAllText(_folder.File("passphrase"), Secret + end);
        Set(null, _folder.File("passphrase"));
        await CheckAsync(null);
    }

    [Fact]
    public async Task Open_WhenSeveralAreGiven_TakesOptionsThenVariableThenFile()
    {
        File.WriteAllText(_folder.File("passphrase"), "wrong in the file");
        Set("wrong in the variable", _folder.File("passphrase"));
        await CheckAsync(Secret);

        Set(Secret, _folder.File("passphrase"));
        await CheckAsync(null);
        await CheckAsync("");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("first line\nsecond line\n")]
    public async Task Open_WhenThePassphraseFileHoldsNotOneLine_SaysSo(string content)
    {
        File.WriteAllText(_folder.File("passphrase"), content);
        Set(null, _folder.File("passphrase"));
        var error = await Assert.ThrowsAsync<KekException>(async () => await CheckAsync(null));
        Assert.Contains("only line", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("second line", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenThePassphraseFileIsMissing_NamesIt()
    {
        Set(null, _folder.File("passphrase"));
        var error = await Assert.ThrowsAsync<KekException>(async () => await CheckAsync(null));
        Assert.Contains(_folder.File("passphrase"), error.Message, StringComparison.Ordinal);
        Assert.Contains(FileVariable, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenThePassphraseDiffersInNormalisationAlone_IsDenied()
    {
        FileKek.Create(_folder.File("composed.json"), "p\u00e4ssphrase", new FileKekOptions { Iterations = 100_000 });
        await Open("composed.json", "p\u00e4ssphrase").CheckAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<KekException>(async () => await Open("composed.json", "pa\u0308ssphrase").CheckAsync(TestContext.Current.CancellationToken));
    }

    private ValueTask CheckAsync(string? passphrase) => Open("kek.json", passphrase).CheckAsync(TestContext.Current.CancellationToken);

    private IKeyEncryptionKey Open(string name, string? passphrase) =>
        new FileKekProvider().Open("file:" + _folder.File(name), new KekOptions { Passphrase = passphrase });

    private static void Set(string? passphrase, string? file)
    {
        Environment.SetEnvironmentVariable(Variable, passphrase);
        Environment.SetEnvironmentVariable(FileVariable, file);
    }
}
