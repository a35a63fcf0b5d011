using System.Text.Json;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests;

public sealed class FileKekTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private static readonly FileKekOptions s_cheap = new() { Iterations = 100_000 };
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_WhenNothingIsSaid_TakesPbkdf2With600000Iterations()
    {
        FileKek.Create(_folder.File("kek.json"), Secret);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("kek.json")));
        Assert.Equal(["format", "id", "kdf", "iterations", "salt", "sealed"], json.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("columncrypt/1/file-kek", json.RootElement.GetProperty("format").GetString());
        Assert.Equal("pbkdf2-hmac-sha256", json.RootElement.GetProperty("kdf").GetString());
        Assert.Equal(600_000, json.RootElement.GetProperty("iterations").GetInt32());
        Assert.Equal(64, json.RootElement.GetProperty("salt").GetString()!.Length);
    }

    [Fact]
    public void Create_WhenArgon2idIsChosen_SaysSoInTheFile()
    {
        Argon2.SkipWhereMissing();
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Kdf = FileKekKdf.Argon2id });
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("kek.json")));
        Assert.Equal(["format", "id", "kdf", "memoryKiB", "passes", "lanes", "salt", "sealed"], json.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("argon2id", json.RootElement.GetProperty("kdf").GetString());
    }

    [Fact]
    public void Create_WhenDone_LeavesOneFileForItsOwnerAlone()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        Assert.Equal(["kek.json"], Names);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("kek.json")));
        }
    }

    [Fact]
    public void Create_WhenTheFileExists_RefusesAndLeavesIt()
    {
        File.WriteAllText(_folder.File("kek.json"), "precious");
        var error = Assert.Throws<KekException>(() => FileKek.Create(_folder.File("kek.json"), Secret, s_cheap));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Equal("precious", File.ReadAllText(_folder.File("kek.json")));
        Assert.Equal(["kek.json"], Names);
    }

    [Fact]
    public async Task Create_WhenManyRunAtOnce_LetsOneWin()
    {
        int refused = 0;
        string? winner = null;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), new ParallelOptions { MaxDegreeOfParallelism = 8 }, (creator, _) =>
        {
            try
            {
                FileKek.Create(_folder.File("kek.json"), $"{Secret} {creator}", s_cheap);
                winner = $"{Secret} {creator}";
            }
            catch (KekException error) when (error.Failure == KekFailure.Denied)
            {
                Interlocked.Increment(ref refused);
            }

            return ValueTask.CompletedTask;
        });
        Assert.Equal(7, refused);
        Assert.Equal(["kek.json"], Names);
        await Open("kek.json", winner).CheckAsync(Token);
    }

    [Fact]
    public void Create_WhenTheFolderIsMissing_SaysSo()
    {
        var error = Assert.Throws<KekException>(() => FileKek.Create(_folder.File("no/such/kek.json"), Secret, s_cheap));
        Assert.Contains(_folder.File("no/such/kek.json"), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234567")]
    public void Create_WhenThePassphraseIsUnfit_RefusesIt(string passphrase)
    {
        Assert.Throws<EncryptionModelException>(() => FileKek.Create(_folder.File("kek.json"), passphrase, s_cheap));
        Assert.Throws<EncryptionModelException>(() => FileKek.Create(_folder.File("kek.json"), passphrase + new string('x', 1025), s_cheap));
        Assert.Throws<EncryptionModelException>(() => FileKek.Create(_folder.File("kek.json"), passphrase + "half a character \ud800", s_cheap));
        Assert.Empty(Names);
    }

    [Theory]
    [InlineData(FileKekKdf.Pbkdf2HmacSha256, 99_999, 65_536, 3, 4, "iterations")]
    [InlineData(FileKekKdf.Pbkdf2HmacSha256, 10_000_001, 65_536, 3, 4, "iterations")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 19_455, 3, 4, "memoryKiB")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 1_048_577, 3, 4, "memoryKiB")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 65_536, 0, 4, "passes")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 65_536, 17, 4, "passes")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 65_536, 3, 0, "lanes")]
    [InlineData(FileKekKdf.Argon2id, 600_000, 65_536, 3, 17, "lanes")]
    public void Create_WhenACostIsOutOfBounds_NamesIt(FileKekKdf kdf, int iterations, int memory, int passes, int lanes, string name)
    {
        var options = new FileKekOptions { Kdf = kdf, Iterations = iterations, MemoryKiB = memory, Passes = passes, Lanes = lanes };
        var error = Assert.Throws<EncryptionModelException>(() => FileKek.Create(_folder.File("kek.json"), Secret, options));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheFolderIsMissing_IsUnavailable()
    {
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open("not-mounted/kek.json", Secret).CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.Contains("Mount it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheFileIsMissing_SaysHowToMakeOne()
    {
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open("kek.json", Secret).CheckAsync(Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
        Assert.Contains("FileKek.Create(", error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.File("kek.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenThePassphraseIsWrong_IsDeniedAndShowsNeither()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open("kek.json", "another passphrase").CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("passphrase", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another passphrase", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.GroupExecute)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public async Task Open_WhenOthersMayTouchTheFile_IsDeniedWithTheWayOut(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix file modes.");
            return;
        }

        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        File.SetUnixFileMode(_folder.File("kek.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open("kek.json", Secret).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("chmod 600", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_WhenTheFileGoesAfterTheFirst_GoOn()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        var kek = Open("kek.json", Secret);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        File.Delete(_folder.File("kek.json"));
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Unwrap_WhenTheFileWasReplaced_NamesBothKeks()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        var wrapped = await Open("kek.json", Secret).WrapAsync(new byte[32], s_context, Token);
        string old = IdIn("kek.json");
        File.Delete(_folder.File("kek.json"));
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);

        var error = await Assert.ThrowsAsync<KekException>(async () => await Open("kek.json", Secret).UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains(old, error.Message, StringComparison.Ordinal);
        Assert.Contains(IdIn("kek.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unwrap_WhenACopyOfTheFileIsOpened_ReturnsTheKey()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, s_cheap);
        var wrapped = await Open("kek.json", Secret).WrapAsync(new byte[32], s_context, Token);
        File.Copy(_folder.File("kek.json"), _folder.File("copy.json"));
        Assert.Equal(32, await Open("copy.json", Secret).UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    [Theory]
    [InlineData("file:")]
    [InlineData("file:///etc/kek.json")]
    [InlineData("file:a\0b")]
    public void Open_WhenTheUriNamesNoFile_SaysHowToWriteIt(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new FileKekProvider().Open(uri, new KekOptions()));
        Assert.Contains("file:kek.json", error.Message, StringComparison.Ordinal);
    }

    private IEnumerable<string?> Names => Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName);

    private IKeyEncryptionKey Open(string name, string? passphrase) =>
        new FileKekProvider().Open("file:" + _folder.File(name), new KekOptions { Passphrase = passphrase });

    private string IdIn(string name) => JsonDocument.Parse(File.ReadAllText(_folder.File(name))).RootElement.GetProperty("id").GetString()!;
}
