using System.Text.Json;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Shares;

/// <summary>A KEK file whose seal is shared. Changes the environment of the process, so nothing else runs meanwhile.</summary>
[Collection(nameof(ProcessEnvironment))]
public sealed class SharedFileKekTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private const string Variable = "COLUMNCRYPT_SHARE_FILES";
    private static readonly FileKekOptions s_cheap = new() { Iterations = 100_000 };
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly WrappedKey _wrapped;
    private readonly string[] _shares;
    private readonly FileKekShares _told;

    public SharedFileKekTests()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        FileKek.Create(Path, Secret, s_cheap);
        using var opened = (IDisposable)new FileKekProvider().Open("file:" + Path, new KekOptions { Passphrase = Secret });
        _wrapped = ((IKeyEncryptionKey)opened).WrapAsync(new byte[32], s_context, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        string[] made = [];
        _told = FileKek.Split(Path, Secret, 5, 3, lines => made = [.. lines]);
        _shares = made;
    }

    private string Path => _folder.File("kek.json");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        _folder.Dispose();
    }

    // SPEC-SHARE-3
    [Fact]
    public void Split_WhenDone_LeavesAFileWithoutPassphrase()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path));
        Assert.Equal(["format", "id", "seal", "set", "threshold", "shares", "sealed"], json.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal((3, 5), (_told.Threshold, _told.Count));
        Assert.Equal(_told, FileKek.SharesOf(Path));
        Assert.Equal(_told.Set, json.RootElement.GetProperty("set").GetString());
        Assert.Equal(["kek.json"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        }
    }

    [Fact]
    public async Task Unwrap_WhenSplitAndJoined_ReturnsWhatWasWrappedBefore()
    {
        await UnwrapAsync(Shared(0, 2, 4));
        FileKek.Join(Path, [_shares[3], _shares[1], _shares[0]], "another passphrase", s_cheap);
        Assert.Null(FileKek.SharesOf(Path));
        await UnwrapAsync(new KekOptions { Passphrase = "another passphrase" });
        Assert.Equal(KekFailure.Denied, (await FailsAsync(new KekOptions { Passphrase = Secret })).Failure);
    }

    [Fact]
    public async Task Open_WhenThePassphraseThatWasIsGiven_NamesTheShares()
    {
        var error = await FailsAsync(new KekOptions { Passphrase = Secret });
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains($"needs 3 of its 5 shares, set {_told.Set}", error.Message, StringComparison.Ordinal);
        Assert.Contains(Variable, error.Message, StringComparison.Ordinal);
        Assert.Contains("UseKek", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenOneShareIsMissing_SaysHowMany()
    {
        var error = await FailsAsync(Shared(0, 4));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("needs 3 different shares", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 were given", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenAShareIsGivenTwice_CountsItOnce()
    {
        Assert.Contains("of which 2 differ", (await FailsAsync(Shared(0, 0, 1))).Message, StringComparison.Ordinal);
        await UnwrapAsync(Shared(0, 0, 1, 2));
    }

    [Fact]
    public async Task Open_WhenAllAreGiven_TakesAsManyAsItNeeds() => await UnwrapAsync(Shared(4, 3, 2, 1, 0));

    [Fact]
    public async Task Open_WhenAShareIsMisread_SaysWhichAndNothingOfIt()
    {
        string typed = _shares[1][..^1] + (_shares[1][^1] == 'A' ? 'B' : 'A');
        var error = await FailsAsync(new KekOptions { Shares = [_shares[0], typed, _shares[2]] });
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("Share 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(typed[^13..], error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenSharesOfAnotherSetAreAmongThem_PassesThemOver()
    {
        string[] others = SplitAnother();
        Assert.Contains("of which 2 differ and are of this set", (await FailsAsync(new KekOptions { Shares = [_shares[0], _shares[1], others[2]] })).Message, StringComparison.Ordinal);
        await UnwrapAsync(new KekOptions { Shares = [others[0], _shares[0], others[1], _shares[1], _shares[2]] });
    }

    [Fact]
    public async Task Open_WhenAShareIsForged_IsDeniedByTheSetId()
    {
        using var honest = KekShare.Parse(_shares[1]);
        honest.Value[7] ^= 1;
        string forged = KekShare.Write(honest.Seal, honest.Index, honest.Value);
        var error = await FailsAsync(new KekOptions { Shares = [_shares[0], forged, _shares[2]] });
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("shares 1, 2, 3 do not give the secret", error.Message, StringComparison.Ordinal);
        Assert.Contains("Two different shares", (await FailsAsync(new KekOptions { Shares = [.. _shares, forged] })).Message, StringComparison.Ordinal);
    }

    // The result is checked against the KEK id: the same secret under another id is refused.
    [Fact]
    public async Task Open_WhenTheFileIsChanged_IsRefused()
    {
        string text = File.ReadAllText(Path);
        using var json = JsonDocument.Parse(text);
        foreach (var (member, failure) in new[] { ("id", KekFailure.Denied), ("sealed", KekFailure.WrongContextOrTampered), ("set", KekFailure.Denied) })
        {
            string was = json.RootElement.GetProperty(member).GetString()!;
            File.WriteAllText(Path, text.Replace(was, (was[0] == '0' ? '1' : '0') + was[1..], StringComparison.Ordinal));
            Assert.Equal(failure, (await FailsAsync(Shared(0, 1, 2))).Failure);
        }
    }

    [Theory]
    [InlineData("\"threshold\": 3", "\"threshold\": 1", "threshold")]
    [InlineData("\"threshold\": 3", "\"threshold\": 6", "threshold")]
    [InlineData("\"shares\": 5", "\"shares\": 256", "255")]
    [InlineData("\"seal\": \"shares\"", "\"seal\": \"nothing\"", "newer ColumnCrypt")]
    [InlineData("\"seal\": \"shares\"", "\"seal\": \"shares\", \"salt\": \"00\"", "member")]
    [InlineData("\"seal\": \"shares\"", "\"seal\": \"shares\", \"kdf\": \"argon2id\"", "member")]
    public async Task Open_WhenTheHeaderIsNotOurs_SaysWhere(string was, string becomes, string says)
    {
        string text = File.ReadAllText(Path);
        Assert.Contains(was, text, StringComparison.Ordinal);
        File.WriteAllText(Path, text.Replace(was, becomes, StringComparison.Ordinal));
        var error = await FailsAsync(Shared(0, 1, 2));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenFilesAreNamed_TakesTheSharesInThem()
    {
        WriteShares(_shares);
        Environment.SetEnvironmentVariable(Variable, string.Join(System.IO.Path.PathSeparator, new[] { 1, 3, 5 }.Select(ShareFile)));
        await UnwrapAsync(new KekOptions());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(ShareFile(3), UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", (await FailsAsync(new KekOptions())).Message, StringComparison.Ordinal);
        }

        File.Delete(ShareFile(3));
        Assert.Contains(ShareFile(3), (await FailsAsync(new KekOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheKekIsATenantsOwn_TakesNothingOfTheEnvironment()
    {
        WriteShares(_shares);
        Environment.SetEnvironmentVariable(Variable, string.Join(System.IO.Path.PathSeparator, new[] { 1, 3, 5 }.Select(ShareFile)));
        Assert.Contains("UseTenantKeks", (await FailsAsync(new KekOptions { IsTenantsOwn = true })).Message, StringComparison.Ordinal);
        await UnwrapAsync(new KekOptions { IsTenantsOwn = true, Shares = _shares });
    }

    [Fact]
    public void Split_WhenTheSharesCouldNotBeKept_LeavesTheFile()
    {
        FileKek.Create(_folder.File("b.json"), Secret, s_cheap);
        string before = File.ReadAllText(_folder.File("b.json"));
        Assert.Throws<IOException>(() => FileKek.Split(_folder.File("b.json"), Secret, 3, 2, static _ => throw new IOException("the disk is full")));
        Assert.Equal(before, File.ReadAllText(_folder.File("b.json")));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_folder.Path).Count());
    }

    [Fact]
    public void Split_WhenAnotherIsUnderWay_IsUnavailable()
    {
        FileKek.Create(_folder.File("b.json"), Secret, s_cheap);
        FileKek.Split(_folder.File("b.json"), Secret, 3, 2, _ =>
        {
            var error = Assert.Throws<KekException>(() => FileKek.Split(_folder.File("b.json"), Secret, 3, 2, static _ => { }));
            Assert.Equal(KekFailure.Unavailable, error.Failure);
        });
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(5, 6)]
    [InlineData(256, 2)]
    public void Split_WhenNobodyShouldSplitSo_Refuses(int count, int threshold) =>
        Assert.Contains("threshold", Assert.Throws<EncryptionModelException>(() => FileKek.Split(Path, Secret, count, threshold, static _ => { })).Message, StringComparison.Ordinal);

    [Fact]
    public void SplitAndJoin_WhenTheSealIsTheOtherOrNotOpened_AreDenied()
    {
        FileKek.Create(_folder.File("b.json"), Secret, s_cheap);
        AssertDenied(() => FileKek.Split(Path, Secret, 5, 3, static _ => { }), "already");
        AssertDenied(() => FileKek.Split(_folder.File("b.json"), "not the passphrase", 5, 3, static _ => { }), "passphrase");
        AssertDenied(() => FileKek.Join(_folder.File("b.json"), _shares, Secret, s_cheap), "nothing to join");
        AssertDenied(() => FileKek.Join(Path, _shares[..2], Secret, s_cheap), "2 were given");
        Assert.Equal(_told, FileKek.SharesOf(Path));
        Assert.Throws<EncryptionModelException>(() => FileKek.Join(Path, _shares, "short", s_cheap));
    }

    private static void AssertDenied(Action call, string says)
    {
        var error = Assert.Throws<KekException>(call);
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private KekOptions Shared(params int[] places) => new() { Shares = [.. places.Select(place => _shares[place])] };

    private async Task UnwrapAsync(KekOptions options) =>
        Assert.Equal(32, await new FileKekProvider().Open("file:" + Path, options).UnwrapAsync(_wrapped, s_context, new byte[64], Token));

    private async Task<KekException> FailsAsync(KekOptions options) =>
        await Assert.ThrowsAsync<KekException>(async () => await new FileKekProvider().Open("file:" + Path, options).CheckAsync(Token));

    private string[] SplitAnother()
    {
        string[] made = [];
        FileKek.Create(_folder.File("other.json"), Secret, s_cheap);
        FileKek.Split(_folder.File("other.json"), Secret, 5, 3, lines => made = [.. lines]);
        return made;
    }

    private void WriteShares(IReadOnlyList<string> shares)
    {
        for (int place = 0; place < shares.Count; place++)
        {
            File.WriteAllText(ShareFile(place + 1), shares[place] + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(ShareFile(place + 1), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private string ShareFile(int number) => _folder.File($"share-{number}");
}
