using ColumnCrypt.Kek.Tests.Kmip;
using ColumnCrypt.Kek.Vault;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A Vault that is not who it says, that stops answering, or dies, under load.</summary>
public sealed class VaultFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tls_WhenTheAuthorityIsTrusted_Works()
    {
        using var folder = new TempFolder();
        using var authority = new TestAuthority("authority");
        using var certificate = authority.ForServer();
        using var another = new TestAuthority("another authority");
        await File.WriteAllTextAsync(folder.File("authority.pem"), authority.Pem, Token);
        await File.WriteAllTextAsync(folder.File("another.pem"), another.Pem, Token);
        using var plain = new VaultServer();
        string name = await plain.CreateKeyAsync();
        using var server = new LocalHttpServer(plain.Double.Answer, certificate);

        await Open(plain, name, server, folder.File("authority.pem")).CheckAsync(Token);
        foreach (string? file in new[] { folder.File("another.pem"), null })
        {
            var error = await Assert.ThrowsAsync<KekException>(async () => await Open(plain, name, server, file).CheckAsync(Token));
            Assert.Equal(KekFailure.Unavailable, error.Failure);
            Assert.Contains("AuthorityFile", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tls_WhenTheCertificateIsForAnotherHost_IsRefused()
    {
        using var folder = new TempFolder();
        using var authority = new TestAuthority("authority");
        using var certificate = authority.ForServer(withAddress: false);
        await File.WriteAllTextAsync(folder.File("authority.pem"), authority.Pem, Token);
        using var plain = new VaultServer();
        string name = await plain.CreateKeyAsync();
        using var server = new LocalHttpServer(plain.Double.Answer, certificate);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open(plain, name, server, folder.File("authority.pem")).CheckAsync(Token));
        Assert.Contains("There is no TLS", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Calls);
    }

    [Theory]
    [InlineData("missing.pem", null)]
    [InlineData("empty.pem", "")]
    [InlineData("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task AuthorityFile_WhenItHoldsNone_IsDeniedAndNamed(string file, string? content)
    {
        using var folder = new TempFolder();
        using var server = new VaultServer();
        string path = folder.File(file);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, Token);
        }

        var error = await Assert.ThrowsAsync<KekException>(async () => await server.Open("kek", vault => vault.AuthorityFile = path).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static IKeyEncryptionKey Open(VaultServer vault, string name, LocalHttpServer server, string? authorityFile) => vault.Open(name, options =>
    {
        options.Address = server.Address;
        options.AuthorityFile = authorityFile;
    });
}
