using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.DataProtection;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.DataProtection;

public sealed class DataProtectionTests : IDisposable
{
    private const string Uri = "data-protection:clinic";
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private readonly TestRing _ring = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ring.Dispose();
    }

    // SPEC-WRAP-13
    [Fact]
    public async Task Wrap_WhenMade_IsWhatDataProtectionProtectsUnderThesePurposes()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await Open().WrapAsync(key, s_context, Token);
        await using var services = _ring.Services();
        Assert.Equal(services.GetRequiredService<IKeyManager>().GetAllKeys().Single().KeyId.ToString(), wrapped.KekVersion);
        var protector = services.GetRequiredService<IDataProtectionProvider>().CreateProtector("ColumnCrypt.Kek", "clinic", Convert.ToHexStringLower(s_context.Digest()));
        Assert.Equal(key, protector.Unprotect(wrapped.Bytes.ToArray()));
    }

    [Fact]
    public async Task Unwrap_WhenAnotherNodeWrapped_ReturnsTheKey()
    {
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        await using var services = _ring.Services();
        var kek = new DataProtectionKekProvider(new DataProtectionKekOptions(), services).Open(Uri, new KekOptions());
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        var otherName = new DataProtectionKekProvider(new DataProtectionKekOptions(), services).Open("data-protection:other", new KekOptions());
        await FailsAsync(KekFailure.WrongContextOrTampered, async () => await otherName.UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    // Data protection keeps a key that it could not decrypt as one that cannot be.
    [Theory]
    [InlineData(false, KekFailure.Unavailable)]
    [InlineData(true, KekFailure.Denied)]
    public async Task Unwrap_WhenWhatDecryptsTheRingIsAway_IsTypedAndRecovers(bool isCryptographic, KekFailure failure)
    {
        try
        {
            DistantDecryptor.Outage = null;
            var old = await OpenDistant().WrapAsync(new byte[32], s_context, Token);
            // The wrap is of a key that is not the one that wraps: the ring is read, and this key is not decrypted with it.
            var ring = new ServiceCollection();
            Distant(ring.AddDataProtection());
            await using (var services = ring.BuildServiceProvider())
            {
                services.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));
            }

            var kek = OpenDistant();
            await kek.WrapAsync(new byte[32], s_context, Token);
            DistantDecryptor.Outage = isCryptographic ? new CryptographicException("away") : new HttpRequestException("away");
            await FailsAsync(failure, async () => await kek.UnwrapAsync(old, s_context, new byte[64], Token));
            DistantDecryptor.Outage = null;
            Assert.Equal(32, await kek.UnwrapAsync(old, s_context, new byte[64], Token));
        }
        finally
        {
            DistantDecryptor.Outage = null;
        }

        IKeyEncryptionKey OpenDistant() => new DataProtectionKekProvider(new DataProtectionKekOptions { Ring = Distant }, null).Open(Uri, new KekOptions());

        void Distant(IDataProtectionBuilder ring) =>
            ring.SetApplicationName("clinic").PersistKeysToFileSystem(_ring.Folder).Services.Configure<KeyManagementOptions>(static options => options.XmlEncryptor = new DistantEncryptor());
    }

    [Fact]
    public async Task Unwrap_WhenTheVersionOfTheRowIsAnother_IsRefused()
    {
        var kek = Open();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        await FailsAsync(KekFailure.WrongContextOrTampered, async () => await kek.UnwrapAsync(wrapped with { KekVersion = Guid.NewGuid().ToString() }, s_context, new byte[64], Token));
        await FailsAsync(KekFailure.WrongContextOrTampered, async () => await kek.UnwrapAsync(wrapped with { KekVersion = "" }, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Rewrap_WhenTheRingHasANewerKey_NamesIt()
    {
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        await using var services = _ring.Services();
        var newer = services.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));
        var rewrapped = await Open().RewrapAsync(wrapped, s_context, Token);
        Assert.Equal(newer.KeyId.ToString(), rewrapped.KekVersion);
        var kek = Open();
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(32, await kek.UnwrapAsync(rewrapped, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Unwrap_WhenTheKeyIsRevoked_IsDisabled()
    {
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        await using var services = _ring.Services();
        services.GetRequiredService<IKeyManager>().RevokeKey(Guid.Parse(wrapped.KekVersion), "test");
        Assert.Contains(wrapped.KekVersion, (await FailsAsync(KekFailure.Disabled, async () => await Open().UnwrapAsync(wrapped, s_context, new byte[64], Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unwrap_WhenTheKeyIsGone_NamesIt()
    {
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        Assert.Single(_ring.Folder.GetFiles()).Delete();
        var error = await FailsAsync(KekFailure.WrongContextOrTampered, async () => await Open().UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Contains($"{wrapped.KekVersion}, which is not in the ring", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unwrap_WhenTheCertificateIsAnother_IsDenied()
    {
        var wrapped = await Open().WrapAsync(new byte[32], s_context, Token);
        using var another = TestRing.NewCertificate();
        var kek = Open(ring => ring.SetApplicationName("clinic").PersistKeysToFileSystem(_ring.Folder).ProtectKeysWithCertificate(another));
        await FailsAsync(KekFailure.Denied, async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Calls_WhenTheRingCannotBeRead_AreUnavailable()
    {
        File.WriteAllText(Path.Combine(_ring.Folder.FullName, "key-broken.xml"), "not xml");
        var kek = Open();
        await FailsAsync(KekFailure.Unavailable, async () => await kek.CheckAsync(Token));
        await FailsAsync(KekFailure.Unavailable, async () => await kek.WrapAsync(new byte[32], s_context, Token));
        File.Delete(Path.Combine(_ring.Folder.FullName, "key-broken.xml"));
        await kek.CheckAsync(Token);
    }

    [Fact]
    public async Task Check_WhenAKeyLiesThereInPlaintext_IsDenied()
    {
        await Open().CheckAsync(Token);
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("clinic").PersistKeysToFileSystem(_ring.Folder);
        await using var careless = services.BuildServiceProvider();
        var key = careless.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));
        var error = await FailsAsync(KekFailure.Denied, async () => await Open().CheckAsync(Token));
        Assert.Contains($"{key.KeyId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_WhenAsked_TellsOfTheRing()
    {
        var kek = Open();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        var told = (await kek.DescribeAsync(Token)).ToDictionary();
        Assert.Equal(("1", "0", wrapped.KekVersion), (told["keys in the ring"], told["of them revoked"], told["newest key"]));
        Assert.Equal((256, KekCapabilities.Versions), (kek.SecurityStrength, kek.Capabilities));
    }

    [Theory]
    [InlineData("data-protection:")]
    [InlineData("data-protection:a b")]
    [InlineData("data-protection:a\n")]
    public void Open_WhenTheUriNamesNone_SaysHowToWriteIt(string uri) =>
        Assert.Contains("data-protection:clinic", Assert.Throws<EncryptionModelException>(() => Open(_ring.Configure, uri)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_WhenTheRingIsUnfit_SaysWhatToCall()
    {
        using var certificate = TestRing.NewCertificate();
        AssertRefused(ring => ring.SetApplicationName("x").PersistKeysToFileSystem(_ring.Folder), "ProtectKeysWithCertificate");
        AssertRefused(ring => ring.SetApplicationName("x").ProtectKeysWithCertificate(certificate), "PersistKeysToFileSystem");
        AssertRefused(ring => ring.PersistKeysToFileSystem(_ring.Folder).ProtectKeysWithCertificate(certificate), "SetApplicationName");
        AssertRefused(static ring => ring.UseEphemeralDataProtectionProvider(), "outlives the process");
        AssertRefused(
            ring =>
            {
                ring.SetApplicationName("x").ProtectKeysWithCertificate(certificate);
                ring.Services.Configure<KeyManagementOptions>(static options => options.XmlRepository = new Microsoft.AspNetCore.DataProtection.EntityFrameworkCore.RingInADatabase());
            },
            "AllowRingInDatabase");
        Assert.Contains("AddDataProtection", Assert.Throws<EncryptionModelException>(() => new DataProtectionKekProvider(new DataProtectionKekOptions(), null).Open(Uri, new KekOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenTheRingIsInAnotherDatabase_TakesIt()
    {
        using var certificate = TestRing.NewCertificate();
        var options = new DataProtectionKekOptions
        {
            AllowRingInDatabase = true,
            Ring = ring =>
            {
                ring.SetApplicationName("x").ProtectKeysWithCertificate(certificate);
                ring.Services.Configure<KeyManagementOptions>(static options => options.XmlRepository = new Microsoft.AspNetCore.DataProtection.EntityFrameworkCore.RingInADatabase());
            },
        };
        Assert.Equal(Uri, new DataProtectionKekProvider(options, null).Open(Uri, new KekOptions()).Id);
    }

    [Fact]
    public async Task Open_WhenTheKekIsATenantsOwn_TakesItsOwnRingAlone()
    {
        var provider = new DataProtectionKekProvider(new DataProtectionKekOptions { Ring = _ring.Configure }, null);
        Assert.Contains("UseTenantKeks", Assert.Throws<EncryptionModelException>(() => provider.Open(Uri, new KekOptions { IsTenantsOwn = true })).Message, StringComparison.Ordinal);
        using var own = new TestRing();
        await provider.Open(Uri, new KekOptions { IsTenantsOwn = true }.DataProtection(ring => ring.Ring = own.Configure)).CheckAsync(Token);
        Assert.Single(own.Folder.GetFiles());
        Assert.Empty(_ring.Folder.GetFiles());
    }

    [Fact]
    public async Task Application_WhenItUsesTheRingOfItsServices_ReadsWhatAnotherNodeWrote()
    {
        var store = new InMemoryKeyStore(TimeProvider.System);
        byte[] value = [];
        for (int node = 0; node < 2; node++)
        {
            var services = new ServiceCollection();
            _ring.Configure(services.AddDataProtection());
            services.AddColumnCrypt(cc => cc.AddDataProtection().UseKek(Uri).UseKeyStore(() => store));
            await using var application = services.BuildServiceProvider();
            var instance = application.GetRequiredService<ColumnCryptInstance>();
            using var cipher = await instance.GetCipherAsync<string>("acme", "patient.name", 1, cancellationToken: Token);
            value = node == 0 ? cipher.Encrypt("x")! : value;
            Assert.Equal("x", cipher.Decrypt(value));
            Assert.True((await instance.Keys.CheckKekAsync(Uri, Token)).RefusesWrongContext);
        }

        Assert.Single(_ring.Folder.GetFiles());
    }

    private static async Task<KekException> FailsAsync(KekFailure failure, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<KekException>(call);
        Assert.Equal(failure, error.Failure);
        return error;
    }

    private static IKeyEncryptionKey Open(Action<IDataProtectionBuilder> ring, string uri = Uri) => new DataProtectionKekProvider(new DataProtectionKekOptions { Ring = ring }, null).Open(uri, new KekOptions());

    private static void AssertRefused(Action<IDataProtectionBuilder> ring, string says) => Assert.Contains(says, Assert.Throws<EncryptionModelException>(() => Open(ring)).Message, StringComparison.Ordinal);

    private IKeyEncryptionKey Open() => Open(_ring.Configure);
}
