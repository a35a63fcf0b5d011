using System.Runtime.Versioning;
using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.Keyring;

[SupportedOSPlatform("linux")]
public sealed class KeyringTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private readonly TempFolder _folder = new();
    private readonly string _name = TestKeyring.NewName();

    public KeyringTests() => TestKeyring.SkipWhereMissing();

    private string Uri => "keyring:" + _name;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    // SPEC-WRAP-14
    [Fact]
    public async Task Wrap_WhenTheKeyWasLoadedByHand_IsThatOfALocalKekWhoseIdIsItsKeyId()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        TestKeyring.Add(_name, key);
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        using var same = new LocalKek(new Format.KeyId(Crypto.Kdf.Commitment(key).AsSpan(0, 16)), key, Crypto.Aead.PortableAead.Instance);
        Assert.Equal(32, same.Unwrap(wrapped, s_context, new byte[64]));
        Assert.Equal(32 + 45, wrapped.Bytes.Length);
        TestKeyring.Unlink(_name);
    }

    [Fact]
    public async Task Calls_FromThreadsOlderThanTheKey_FindIt()
    {
        using var made = new ManualResetEventSlim();
        var older = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                made.Wait(Token);
                return Open().WrapAsync(new byte[32], s_context, Token).AsTask();
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToList();
        KeyringKek.Create(_name);
        made.Set();
        Assert.Equal(4, (await Task.WhenAll(older)).Length);
        TestKeyring.Unlink(_name);
    }

    [Fact]
    public async Task Create_WhenThereIsOne_Refuses()
    {
        KeyringKek.Create(_name);
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(KekFailure.Denied, Assert.Throws<KekException>(() => KeyringKek.Create(_name)).Failure);
        Assert.Equal(32, await Open().UnwrapAsync(wrapped, s_context, new byte[64], Token));
        TestKeyring.Unlink(_name);
        Assert.Throws<EncryptionModelException>(() => KeyringKek.Create("a b"));
    }

    [Fact]
    public async Task Calls_WhenThereIsNoKey_SayThatTheMachineMayHaveRestarted()
    {
        var error = await FailsAsync(Open(), KekFailure.Destroyed);
        Assert.Contains("may have restarted", error.Message, StringComparison.Ordinal);
        Assert.Contains(_name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_WhenTheKeyIsTakenAwayAfterTheFirst_FailFromThenOn()
    {
        KeyringKek.Create(_name);
        var kek = Open();
        await kek.CheckAsync(Token);
        TestKeyring.Unlink(_name);
        await FailsAsync(kek, KekFailure.Destroyed);
    }

    [Fact]
    public async Task Calls_WhenTheKeyIsRevoked_AreDisabled()
    {
        KeyringKek.Create(_name);
        var kek = Open();
        await kek.CheckAsync(Token);
        TestKeyring.Revoke(_name);
        await FailsAsync(kek, KekFailure.Disabled);
    }

    [Fact]
    public async Task Calls_WhenTheKeyMayNotBeRead_AreDenied()
    {
        KeyringKek.Create(_name);
        TestKeyring.Forbid(_name);
        Assert.Contains("keyctl link @u @s", (await FailsAsync(Open(), KekFailure.Denied)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task Calls_WhenTheKeyIsNoKek_AreDenied(int size)
    {
        TestKeyring.Add(_name, new byte[size]);
        Assert.Contains($"has {size} bytes", (await FailsAsync(Open(), KekFailure.Denied)).Message, StringComparison.Ordinal);
        TestKeyring.Unlink(_name);
    }

    [Fact]
    public async Task Unwrap_WhenTheKeyWasReplaced_NamesBothKeks()
    {
        TestKeyring.Add(_name, RandomNumberGenerator.GetBytes(32));
        var kek = Open();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        TestKeyring.Add(_name, RandomNumberGenerator.GetBytes(32));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains("was wrapped by the KEK", error.Message, StringComparison.Ordinal);
        TestKeyring.Unlink(_name);
    }

    [Theory]
    [InlineData("keyring:")]
    [InlineData("keyring:a b")]
    [InlineData("keyring:a/b")]
    [InlineData("keyring:a:b")]
    [InlineData("keyring:ä")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteIt(string uri) =>
        Assert.Contains("keyring:clinic", Assert.Throws<EncryptionModelException>(() => new KeyringKekProvider().Open(uri, new KekOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_WhenTheKekIsATenantsOwn_IsRefused() =>
        Assert.Contains("no tenant's own", Assert.Throws<EncryptionModelException>(() => new KeyringKekProvider().Open(Uri, new KekOptions { IsTenantsOwn = true })).Message, StringComparison.Ordinal);

    // SPEC-WRAP-14
    [Fact]
    public void Configuration_WhenItWrapsAlone_IsRefusedAtTheStart()
    {
        Refused(cc => cc.UseKek(Uri));
        Refused(cc => cc.UseKek(Uri).AllowKek("file:kek.json"));
        Refused(cc => cc.UseKek("file:kek.json").UseKek(Uri));
        Refused(cc => cc.UseKek(Uri).EscrowTo("keyring:another"));
        using var escrowed = Instance(cc => cc.UseKek(Uri).EscrowTo("file:kek.json"));
        using var second = Instance(cc => cc.UseKek("file:kek.json").AllowKek(Uri));
    }

    [Fact]
    public async Task Keys_WhenTheMachineRestarts_AreReadThroughTheLastingKek()
    {
        string file = "file:" + _folder.File("kek.json");
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
        var store = new InMemoryKeyStore(TimeProvider.System);
        byte[] value;
        KeyringKek.Create(_name);
        using (var instance = Instance(cc => cc.UseKek(Uri).EscrowTo(file, static o => o.Passphrase = Secret), store))
        {
            using var cipher = await instance.GetCipherAsync<string>("acme", "patient.name", 1, cancellationToken: Token);
            value = cipher.Encrypt("x")!;
        }

        TestKeyring.Unlink(_name);
        using var after = Instance(cc => cc.UseKek(file, static o => o.Passphrase = Secret).AllowKek(Uri), store);
        using var again = await after.GetCipherAsync<string>("acme", "patient.name", cancellationToken: Token);
        Assert.Equal("x", again.Decrypt(value));
    }

    [Fact]
    public async Task Node_WhenTheKeyIsTakenAwayUnderLoad_ServesWhatItHoldsAndRecovers()
    {
        string file = "file:" + _folder.File("kek.json");
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
        var kek = RandomNumberGenerator.GetBytes(32);
        TestKeyring.Add(_name, kek);
        using var instance = Instance(cc => cc.UseKek(Uri).EscrowTo(file, static o => o.Passphrase = Secret));
        await EncryptAsync(instance, "acme");
        TestKeyring.Unlink(_name);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(instance, $"new-{i}"))));
        await EncryptAsync(instance, "acme");
        TestKeyring.Add(_name, kek);
        await EncryptAsync(instance, "new-0");
        TestKeyring.Unlink(_name);
    }

    private static async Task EncryptAsync(ColumnCryptInstance instance, string tenant)
    {
        using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
        Assert.Equal("x", cipher.Decrypt(cipher.Encrypt("x")!));
    }

    private static async Task<KekException> FailsAsync(IKeyEncryptionKey kek, KekFailure failure)
    {
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(failure, error.Failure);
        Assert.Equal(failure, (await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
        return error;
    }

    private static void Refused(Action<ColumnCryptBuilder> configure) =>
        Assert.Contains("when this machine restarts", Assert.Throws<EncryptionModelException>(() => Instance(configure).Dispose()).Message, StringComparison.Ordinal);

    private static ColumnCryptInstance Instance(Action<ColumnCryptBuilder> configure, InMemoryKeyStore? store = null) => ColumnCryptInstance.Create(cc =>
    {
        cc.UseKeyStore(() => store ?? new InMemoryKeyStore(TimeProvider.System));
        configure(cc);
    });

    private IKeyEncryptionKey Open() => new KeyringKekProvider().Open(Uri, new KekOptions());
}
