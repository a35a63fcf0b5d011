using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.Tests.Kmip;
using ColumnCrypt.Kek.Vault;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

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

    // Must hold 3.
    [Fact]
    public async Task Node_WhenTheServiceStopsAnswering_ServesOnAndRecovers()
    {
        using var server = new VaultServer();
        using var instance = await StartAsync(server);
        await EncryptAsync(instance, "acme");
        server.Http.Pause();
        long start = Stopwatch.GetTimestamp();
        var waiting = Enumerable.Range(0, 40).Select(i => Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(instance, $"new-{i}"))).ToList();
        await EncryptAsync(instance, "acme");
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        Assert.All(await Task.WhenAll(waiting), static error => Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(6));

        server.Http.Resume();
        await Task.Delay(700, Token);
        await EventuallyAsync(instance, "new-0");
    }

    [Fact]
    public async Task Node_WhenTheServiceIsKilledUnderLoad_ServesOnAndRecovers()
    {
        using var server = new VaultServer();
        using var instance = await StartAsync(server);
        await EncryptAsync(instance, "acme");
        var load = Enumerable.Range(0, 20).Select(i => Record.ExceptionAsync(() => EncryptAsync(instance, $"load-{i}")).AsTask()).ToList();
        server.Http.Kill();
        await EncryptAsync(instance, "acme");
        Assert.All(await Task.WhenAll(load), static error => Assert.True(error is null or KeyUnavailableException { Reason: KeyUnavailableReason.Unavailable }, error?.ToString()));
        var refused = await Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(instance, "new"));
        Assert.Equal(KeyUnavailableReason.Unavailable, refused.Reason);

        server.Http.Restart();
        await Task.Delay(700, Token);
        await EventuallyAsync(instance, "new");
    }

    private static IKeyEncryptionKey Open(VaultServer vault, string name, LocalHttpServer server, string? authorityFile) => vault.Open(name, options =>
    {
        options.Address = server.Address;
        options.AuthorityFile = authorityFile;
    });

    private static async Task<ColumnCryptInstance> StartAsync(VaultServer server)
    {
        string name = await server.CreateKeyAsync();
        var (roleId, secretId) = await server.CreateRoleAsync(name, uses: 1);
        return ColumnCryptInstance.Create(cc =>
        {
            cc.AddVault(vault =>
                {
                    vault.Address = server.Http.Address;
                    vault.Credential = VaultCredential.AppRole(roleId, secretId);
                })
                .UseKek($"vault:transit/{name}", static o =>
                {
                    o.Resilience.AttemptTimeout = TimeSpan.FromMilliseconds(500);
                    o.Resilience.BreakerPause = TimeSpan.FromMilliseconds(500);
                })
                .UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System));
            cc.Bounds.KekTimeout = TimeSpan.FromSeconds(2);
        });
    }

    // A failed node remembers that for a moment.
    private static async Task EventuallyAsync(ColumnCryptInstance instance, string tenant)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await EncryptAsync(instance, tenant);
                return;
            }
            catch (KeyUnavailableException error) when (error.IsTransient && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(200, Token);
            }
        }
    }

    private static async Task EncryptAsync(ColumnCryptInstance instance, string tenant)
    {
        using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
        Assert.Equal("x", cipher.Decrypt(cipher.Encrypt("x")!));
    }
}
