using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Kek.Kmip;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.Kmip;

public sealed class KmipConfigurationTests
{
    private static KmipServer Server => KmipServer.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("kmip:")]
    [InlineData("kmip:keys.example.org/clinic")]
    [InlineData("kmip:keys.example.org:0/clinic")]
    [InlineData("kmip:keys.example.org:65536/clinic")]
    [InlineData("kmip:keys.example.org:5696/")]
    [InlineData("kmip:keys.example.org:5696/a b")]
    [InlineData("kmip:keys.example.org:5696/clinic\n")]
    [InlineData("kmip:node:hunter2@keys.example.org:5696/clinic")]
    [InlineData("kmip:keys.example.org:5696/clinic?passphrase=hunter2")]
    [InlineData("kmip://keys.example.org:5696/clinic")]
    [InlineData("kmip:[::1:5696/clinic")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteItAndShowsNoSecret(string uri)
    {
        using var certificate = Certificate();
        var error = Assert.Throws<EncryptionModelException>(() => new KmipProvider(server => server.ClientCertificate = certificate).Open(uri, new KekOptions()));
        Assert.Contains("kmip:HOST:PORT/NAME", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kmip:keys.example.org:5696/clinic")]
    [InlineData("kmip:10.0.0.1:5696/group/clinic-1_a.b:c")]
    [InlineData("kmip:[fd00::1]:5696/clinic")]
    public void Open_WhenTheUriNamesAKey_DoesNoInput(string uri) =>
        Assert.Equal(uri, new KmipProvider(static server => server.ClientCertificateFile = "/not/there").Open(uri, new KekOptions()).Id);

    [Fact]
    public void Open_WithoutAClientCertificate_IsRefused()
    {
        var error = Assert.Throws<EncryptionModelException>(() => new KmipProvider(null).Open("kmip:h:5696/k", new KekOptions()));
        Assert.Contains("ClientCertificateFile", error.Message, StringComparison.Ordinal);
        using var certificate = Certificate();
        using var half = X509CertificateLoader.LoadCertificate(certificate.RawData);
        error = Assert.Throws<EncryptionModelException>(() => new KmipProvider(server => server.ClientCertificate = half).Open("kmip:h:5696/k", new KekOptions()));
        Assert.Contains("private key", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void Open_WhenTheConnectionsAreOutOfBounds_IsRefused(int connections) => Assert.Throws<EncryptionModelException>(() => new KmipProvider(server =>
    {
        server.ClientCertificateFile = "client.pfx";
        server.MaxConnections = connections;
    }).Open("kmip:h:5696/k", new KekOptions()));

    // Must hold 7: a tenant's KEK never sees another identity.
    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutACertificate_IsRefused()
    {
        using var certificate = Certificate();
        foreach (var configure in new Action<KmipOptions>[] { server => server.ClientCertificate = certificate, static server => server.ClientCertificateFile = "client.pfx" })
        {
            var error = Assert.Throws<EncryptionModelException>(() => new KmipProvider(configure).Open("kmip:h:5696/k", new KekOptions { IsTenantsOwn = true }));
            Assert.Contains("that tenant's client certificate", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Environment_NamesTheFilesOfWhatNobodyConfigured()
    {
        using var folder = new TempFolder();
        var (kek, _) = await Server.CreateAsync();
        Write(folder, "pem and sealed key", new KmipOptions());
        await File.WriteAllTextAsync(folder.File("passphrase"), "pass phrase\n", Token);
        string? Variable(string name) => name switch
        {
            "COLUMNCRYPT_KMIP_CERTIFICATE" => folder.File("client"),
            "COLUMNCRYPT_KMIP_KEY" => folder.File("key"),
            "COLUMNCRYPT_KMIP_PASSPHRASE_FILE" => folder.File("passphrase"),
            "COLUMNCRYPT_KMIP_AUTHORITY" => Server.AuthorityFile,
            _ => null,
        };
        await new KmipProvider(null, Variable).Open(kek.Id, new KekOptions()).CheckAsync(Token);

        Assert.Throws<EncryptionModelException>(() => new KmipProvider(null, Variable).Open(kek.Id, new KekOptions { IsTenantsOwn = true }));
        var intruder = new KmipProvider(static server => server.ClientCertificate = Server.Intruder, Variable).Open(kek.Id, new KekOptions());
        var error = await Assert.ThrowsAsync<KekException>(async () => await intruder.CheckAsync(Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
    }

    [Fact]
    public async Task TenantsOwn_CallsWithItsOwnCertificate()
    {
        var (kek, _) = await Server.CreateAsync();
        var options = new KekOptions { IsTenantsOwn = true }.Kmip(static server => server.ClientCertificate = Server.Intruder);
        var own = new KmipProvider(Server.Configure).Open(kek.Id, options);
        var error = await Assert.ThrowsAsync<KekException>(async () => await own.CheckAsync(Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
    }

    [Fact]
    public void Options_TheCertificateThatIsSetLast_Counts()
    {
        using var certificate = Certificate();
        var options = new KmipOptions { ClientCertificateFile = "a.pem", ClientKeyFile = "a.key", Passphrase = "p" };
        options.ClientCertificate = certificate;
        Assert.Equal((certificate, null, null, null), (options.ClientCertificate, options.ClientCertificateFile, options.ClientKeyFile, options.Passphrase));
        options.ClientCertificateFile = "b.pem";
        Assert.Equal((null, "b.pem"), (options.ClientCertificate, options.ClientCertificateFile));
    }

    [Theory]
    [InlineData("pfx")]
    [InlineData("pem")]
    [InlineData("pem and key")]
    [InlineData("pem and sealed key")]
    public async Task ClientCertificate_OfAnyForm_IsTaken(string form)
    {
        using var folder = new TempFolder();
        var (kek, _) = await Server.CreateAsync();
        await Server.Open(kek.Id, server => Write(folder, form, server)).CheckAsync(Token);
    }

    [Theory]
    [InlineData("pfx")]
    [InlineData("pem and sealed key")]
    public async Task ClientCertificate_WhenThePassphraseIsAnother_IsDenied(string form)
    {
        using var folder = new TempFolder();
        var kek = Server.Open(Server.Uri("kek"), server =>
        {
            Write(folder, form, server);
            server.Passphrase = "hunter2";
        });
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.pem", null)]
    [InlineData("empty.pem", "")]
    [InlineData("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task AuthorityFile_WhenItHoldsNone_IsDeniedAndNamed(string name, string? content)
    {
        using var folder = new TempFolder();
        string path = folder.File(name);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, Token);
        }

        var kek = Server.Open(Server.Uri("kek"), server => server.AuthorityFile = path);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static void Write(TempFolder folder, string form, KmipOptions options)
    {
        string path = folder.File("client");
        var certificate = Server.Client;
        using var key = certificate.GetRSAPrivateKey()!;
        options.ClientCertificateFile = path;
        switch (form)
        {
            case "pfx":
                File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx, "pass phrase"));
                options.Passphrase = "pass phrase";
                break;
            case "pem":
                File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n{File.ReadAllText(Server.AuthorityFile)}\n");
                break;
            default:
                File.WriteAllText(path, certificate.ExportCertificatePem());
                options.ClientKeyFile = folder.File("key");
                bool isSealed = form.Contains("sealed", StringComparison.Ordinal);
                options.Passphrase = isSealed ? "pass phrase" : null;
                File.WriteAllText(options.ClientKeyFile, isSealed
                    ? key.ExportEncryptedPkcs8PrivateKeyPem("pass phrase", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))
                    : key.ExportPkcs8PrivateKeyPem());
                break;
        }
    }

    private static X509Certificate2 Certificate()
    {
        using var authority = new TestAuthority("authority");
        return authority.ForClient("columncrypt");
    }
}
