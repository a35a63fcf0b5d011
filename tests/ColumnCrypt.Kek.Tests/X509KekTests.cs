using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests;

// SPEC-WRAP-6
public sealed class X509KekTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private static readonly X509Certificate2 s_certificate = RsaCertificates.Create();
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => _folder.File("kek");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PublicHalf_Wraps_AndTheFileWithThePrivateHalfUnwraps()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var wraps = new List<WrappedKey>();
        foreach (var write in new Action<string>[] { s_certificate.WritePublic, s_certificate.WritePublicKey, WriteDer })
        {
            write(Path);
            var open = Open();
            Assert.Equal(KekCapabilities.PublicWrap | KekCapabilities.Versions, open.Capabilities);
            await open.CheckAsync(Token);
            Assert.Equal(KekCapabilities.PublicWrap | KekCapabilities.Versions | KekCapabilities.WrapOnly, open.Capabilities);
            wraps.Add(await open.WrapAsync(key, s_context, Token));
            var error = await FailureAsync(async () => await open.UnwrapAsync(wraps[^1], s_context, new byte[64], Token));
            Assert.Equal(KekFailure.Denied, error.Failure);
            Assert.Contains("kept elsewhere", error.Message, StringComparison.Ordinal);
            Assert.Equal(KekFailure.Denied, (await FailureAsync(async () => await open.RewrapAsync(wraps[^1], s_context, Token))).Failure);
        }

        foreach (var write in new Action<string, string>[] { s_certificate.WritePem, s_certificate.WritePfx })
        {
            write(Path, Secret);
            var whole = Open();
            foreach (var wrap in wraps)
            {
                byte[] destination = new byte[64];
                Assert.Equal(key, destination[..await whole.UnwrapAsync(wrap, s_context, destination, Token)]);
            }

            Assert.False(whole.Capabilities.HasFlag(KekCapabilities.WrapOnly));
        }
    }

    [Fact]
    public async Task Wrap_IsOaepOfKeyAndDigest_UnderAVersionThatNamesThePublicKey()
    {
        s_certificate.WritePublic(Path);
        byte[] key = RandomNumberGenerator.GetBytes(64);
        var wrap = await Open().WrapAsync(key, s_context, Token);
        using var rsa = s_certificate.GetRSAPrivateKey()!;
        Assert.Equal([.. key, .. s_context.Digest()], rsa.Decrypt(wrap.Bytes.ToArray(), RSAEncryptionPadding.OaepSHA256));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()))[..16], wrap.KekVersion);
    }

    [Fact]
    public async Task RenewedCertificate_OfTheSameKey_Unwraps_AndOfAnotherKeySaysWhich()
    {
        s_certificate.WritePem(Path, Secret);
        var wrap = await Open().WrapAsync(new byte[32], s_context, Token);
        using var renewed = RsaCertificates.Renew(s_certificate);
        renewed.WritePfx(Path, Secret);
        Assert.Equal(32, await Open().UnwrapAsync(wrap, s_context, new byte[64], Token));

        using var other = RsaCertificates.Create();
        other.WritePem(Path, Secret);
        var error = await FailureAsync(async () => await Open().UnwrapAsync(wrap, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains(wrap.KekVersion, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OutsideItsDates_WrapsNothing_AndStillUnwraps()
    {
        var now = _time.GetUtcNow();
        using var certificate = RsaCertificates.Create(notBefore: now.AddDays(1), notAfter: now.AddDays(10));
        certificate.WritePem(Path, Secret);
        var kek = Open();
        Assert.Equal(KekFailure.Disabled, (await FailureAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
        _time.Advance(TimeSpan.FromDays(5));
        var wrap = await kek.WrapAsync(new byte[32], s_context, Token);
        await kek.CheckAsync(Token);
        _time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(KekFailure.Disabled, (await FailureAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
        Assert.Equal(KekFailure.Disabled, (await FailureAsync(async () => await kek.CheckAsync(Token))).Failure);
        Assert.Equal(32, await kek.UnwrapAsync(wrap, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task ShortKey_IsDenied_UnlessAllowed()
    {
        using var weak = RsaCertificates.Create(2_048);
        weak.WritePublic(Path);
        var error = await FailureAsync(async () => await Open().CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("AllowWeakKek", error.Message, StringComparison.Ordinal);
        await Open(weak: true).CheckAsync(Token);

        using var broken = RsaCertificates.Create(1_024);
        broken.WritePublic(Path);
        Assert.Equal(KekFailure.Denied, (await FailureAsync(async () => await Open(weak: true).CheckAsync(Token))).Failure);
    }

    [Fact]
    public async Task File_ThatIsNone_IsRefusedWithItsReason()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = RsaCertificates.Create(2_048);
        using var rsa = other.GetRSAPrivateKey()!;
        s_certificate.WritePem(Path, Secret);
        string pem = File.ReadAllText(Path);
        string certificate = s_certificate.ExportCertificatePem();
        var pbe = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000);
        (string Text, KekFailure Failure, string Says)[] files =
        [
            ("", KekFailure.WrongContextOrTampered, "neither PEM"),
            ("nothing of the kind", KekFailure.WrongContextOrTampered, "neither PEM"),
            (certificate[..^30], KekFailure.WrongContextOrTampered, "damaged"),
            (certificate.Replace("MII", "MXX", StringComparison.Ordinal), KekFailure.WrongContextOrTampered, "certificate"),
            (rsa.ExportEncryptedPkcs8PrivateKeyPem(Secret, pbe), KekFailure.WrongContextOrTampered, "neither a certificate"),
            (certificate + "\n" + rsa.ExportEncryptedPkcs8PrivateKeyPem(Secret, pbe), KekFailure.WrongContextOrTampered, "not that of its certificate"),
            (certificate + "\n" + ec.ExportEncryptedPkcs8PrivateKeyPem(Secret, pbe), KekFailure.Denied, "does not open"),
            (certificate + "\n" + rsa.ExportPkcs8PrivateKeyPem(), KekFailure.Denied, "not encrypted"),
            (certificate + "\n" + rsa.ExportRSAPrivateKeyPem(), KekFailure.Denied, "not encrypted"),
            (ec.ExportSubjectPublicKeyInfoPem(), KekFailure.Denied, "no RSA key"),
            (pem.Replace(pem[^120..^100], new string('A', 20), StringComparison.Ordinal), KekFailure.Denied, "does not open"),
        ];
        foreach (var (text, failure, says) in files)
        {
            RsaCertificates.Write(Path, text, open: false);
            var error = await FailureAsync(async () => await Open().CheckAsync(Token));
            Assert.Equal((failure, true), (error.Failure, error.Message.Contains(says, StringComparison.Ordinal)));
        }

        File.Delete(Path);
        Assert.Equal(KekFailure.Destroyed, (await FailureAsync(async () => await Open().CheckAsync(Token))).Failure);
    }

    [Fact]
    public void Open_InAStore_IsNoTenantsOwn() => Assert.Contains(
        "no tenant's own",
        Assert.Throws<EncryptionModelException>(() => new X509KekProvider(static () => TimeProvider.System).Open("x509:store/CurrentUser/" + new string('0', 40), new KekOptions { IsTenantsOwn = true })).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task WrongPassphrase_IsDenied_AndShowsNothing()
    {
        foreach (var write in new Action<string, string>[] { s_certificate.WritePem, s_certificate.WritePfx })
        {
            write(Path, Secret);
            var error = await FailureAsync(async () => await Open(passphrase: "another passphrase").CheckAsync(Token));
            Assert.Equal(KekFailure.Denied, error.Failure);
            Assert.DoesNotContain("another passphrase", error.ToString(), StringComparison.Ordinal);
            Assert.Equal(KekFailure.Denied, (await FailureAsync(async () => await Open(passphrase: null).CheckAsync(Token))).Failure);
        }
    }

    [Fact]
    public async Task File_WithThePrivateHalf_IsForItsOwnerAlone_AndWithThePublicHalfNobodyElseWrites()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix file modes.");
            return;
        }

        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var write in new Action<string, string>[] { s_certificate.WritePem, s_certificate.WritePfx })
        {
            write(Path, Secret);
            File.SetUnixFileMode(Path, owner | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", (await FailureAsync(async () => await Open().CheckAsync(Token))).Message, StringComparison.Ordinal);
        }

        s_certificate.WritePublic(Path);
        File.SetUnixFileMode(Path, owner | UnixFileMode.OtherWrite);
        var error = await FailureAsync(async () => await Open().CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("chmod go-w", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_HoldsTheKey()
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        using var certificate = X509CertificateLoader.LoadPkcs12(s_certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "x"), "x", X509KeyStorageFlags.PersistKeySet);
        store.Add(certificate);
        try
        {
            foreach (string thumbprint in new[] { certificate.Thumbprint, certificate.GetCertHashString(HashAlgorithmName.SHA256) })
            {
                using var kek = (IDisposable)Open("store/CurrentUser/" + thumbprint);
                var wrap = await ((IKeyEncryptionKey)kek).WrapAsync(new byte[32], s_context, Token);
                Assert.Equal(32, await ((IKeyEncryptionKey)kek).UnwrapAsync(wrap, s_context, new byte[64], Token));
            }

            Assert.Equal(KekFailure.Destroyed, (await FailureAsync(async () => await Open("store/CurrentUser/" + new string('0', 40)).CheckAsync(Token))).Failure);
        }
        finally
        {
            store.Remove(certificate);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("///etc/kek.pem")]
    [InlineData("a\0b")]
    [InlineData("store/CurrentUser")]
    [InlineData("store/1/0000000000000000000000000000000000000000")]
    [InlineData("store/CurrentUser/xyz")]
    public void Open_WhenTheUriNamesNothing_SaysHowToWriteIt(string rest) =>
        Assert.Contains("x509:", Assert.Throws<EncryptionModelException>(() => Open(rest)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Dispose_WhenDone_ClosesTheKey()
    {
        s_certificate.WritePem(Path, Secret);
        var kek = Open();
        var wrap = await kek.WrapAsync(new byte[32], s_context, Token);
        ((IDisposable)kek).Dispose();
        Assert.Equal(KekFailure.Unavailable, (await FailureAsync(async () => await kek.UnwrapAsync(wrap, s_context, new byte[64], Token))).Failure);
        Assert.Equal(KekFailure.Unavailable, (await FailureAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
    }

    private static void WriteDer(string path) => File.WriteAllBytes(path, s_certificate.RawData);

    private static async Task<KekException> FailureAsync(Func<Task> call) => await Assert.ThrowsAsync<KekException>(call);

    private IKeyEncryptionKey Open(string? rest = null, string? passphrase = Secret, bool weak = false) =>
        new X509KekProvider(() => _time).Open("x509:" + (rest ?? Path), new KekOptions { Passphrase = passphrase, AllowWeakKek = weak });
}
