using System.Text;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.Vault;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.Vault;

public sealed class VaultConfigurationTests : IDisposable
{
    private readonly VaultServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("vault:")]
    [InlineData("vault:clinic")]
    [InlineData("vault:/clinic")]
    [InlineData("vault:transit/")]
    [InlineData("vault:transit//clinic")]
    [InlineData("vault:transit/../sys/clinic")]
    [InlineData("vault:transit/.")]
    [InlineData("vault:transit/a b")]
    [InlineData("vault:transit/clinic\n")]
    [InlineData("vault:transit/clinic%2f")]
    [InlineData("vault:transit/clinic?token=hunter2")]
    [InlineData("vault:transit/clinic#hunter2")]
    [InlineData("vault:https://node:hunter2@vault.example.org/transit/clinic")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteItAndShowsNoSecret(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => Open(uri, _server.Configure));
        Assert.Contains("vault:MOUNT/KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault:transit/clinic")]
    [InlineData("vault:teams/clinic.eu/transit-2/kek_1.a-b")]
    public void Open_WhenTheUriNamesAKey_DoesNoInput(string uri) => Assert.Equal(uri, Open(uri, static vault =>
    {
        vault.Address = new Uri("https://vault.example.org:8200/");
        vault.Credential = VaultCredential.TokenFile("/not/there");
        vault.AuthorityFile = "/not/there";
    }).Id);

    [Theory]
    [InlineData("http://vault.example.org:8200", "https")]
    [InlineData("ftp://127.0.0.1", "https")]
    [InlineData("https://node:hunter2@vault.example.org", "a user")]
    [InlineData("https://vault.example.org/?token=hunter2", "a query")]
    public void Open_WhenTheAddressIsNotToBeTrusted_IsRefused(string address, string what)
    {
        var error = Assert.Throws<EncryptionModelException>(() => Open("vault:transit/clinic", vault => (vault.Address, vault.Credential) = (new Uri(address), VaultCredential.Token("t"))));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithoutAddressOrCredential_NamesWhatIsMissing()
    {
        var error = Assert.Throws<EncryptionModelException>(() => Open("vault:transit/clinic", static vault => vault.Credential = VaultCredential.Token("t")));
        Assert.Contains("VAULT_ADDR", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EncryptionModelException>(() => Open("vault:transit/clinic", vault => vault.Address = _server.Http.Address));
        Assert.Contains("VAULT_TOKEN", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a\r\nX-Vault-Token: t")]
    [InlineData("a//b")]
    public void Open_WhenTheNamespaceIsNone_IsRefused(string name) => Assert.Throws<EncryptionModelException>(() => Open("vault:transit/clinic", vault =>
    {
        _server.Configure(vault);
        vault.Namespace = name;
    }));

    [Theory]
    [InlineData("")]
    [InlineData("hunter2\n")]
    [InlineData("hunter2 hunter2")]
    public void Credential_OfWhatIsNoToken_IsRefusedAndNotShown(string token)
    {
        foreach (var make in new Func<VaultCredential>[] { () => VaultCredential.Token(token), () => VaultCredential.AppRole(token, "s"), () => VaultCredential.AppRole("r", token), () => VaultCredential.AppRoleFile(token, "f") })
        {
            Assert.DoesNotContain("hunter2", Assert.Throws<EncryptionModelException>(make).Message, StringComparison.Ordinal);
        }

        Assert.Throws<EncryptionModelException>(static () => VaultCredential.AppRole("r", "s", "../sys"));
        Assert.Throws<EncryptionModelException>(static () => VaultCredential.TokenFile(" "));
    }

    [Fact]
    public async Task Environment_GivesWhatNobodyConfigured()
    {
        string key = await _server.CreateKeyAsync();
        _server.Double.Namespace = "clinic/keys";
        string? Variable(string name) => name switch
        {
            "VAULT_ADDR" => _server.Http.Address.OriginalString,
            "VAULT_TOKEN" => TransitDouble.RootToken,
            "VAULT_NAMESPACE" => "clinic/keys/",
            _ => null,
        };
        await Open($"vault:transit/{key}", null, Variable).CheckAsync(Token);

        // What is configured goes first.
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open($"vault:transit/{key}", static vault => vault.Credential = VaultCredential.Token("another"), Variable).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        error = await Assert.ThrowsAsync<KekException>(async () => await Open($"vault:transit/{key}", static vault => vault.Namespace = "another", Variable).CheckAsync(Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
    }

    [Fact]
    public void Environment_WhenTheAddressIsNone_IsRefusedAndNotShown()
    {
        var error = Assert.Throws<EncryptionModelException>(() => Open("vault:transit/clinic", null, static name => name == "VAULT_ADDR" ? "hunter2" : null));
        Assert.Contains("VAULT_ADDR", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    // Must hold 7: a tenant's KEK never sees another identity.
    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutACredential_IsRefused()
    {
        var tenants = new KekOptions { IsTenantsOwn = true };
        var provider = new VaultProvider(_server.Configure, static () => TimeProvider.System, static name => name == "VAULT_TOKEN" ? TransitDouble.RootToken : null);
        var error = Assert.Throws<EncryptionModelException>(() => provider.Open("vault:transit/clinic", tenants));
        Assert.Contains("that tenant's credential", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TenantsOwn_CallsWithItsOwnCredentialAndNamespaceAlone()
    {
        string key = await _server.CreateKeyAsync();
        string token = _server.Double.Issue(key);
        var tenants = new KekOptions { IsTenantsOwn = true }.Vault(vault => vault.Credential = VaultCredential.Token(token));
        void Application(VaultOptions vault)
        {
            _server.Configure(vault);
            vault.Namespace = "of/the/application";
        }

        var own = new VaultProvider(Application, static () => TimeProvider.System, static _ => TransitDouble.RootToken).Open($"vault:transit/{key}", tenants);
        int before = _server.Http.Calls.Count;
        await own.CheckAsync(Token);
        Assert.All(_server.Http.Calls.Skip(before), call => Assert.Equal((token, null), (call.Header("X-Vault-Token"), call.Header("X-Vault-Namespace"))));
    }

    [Fact]
    public async Task TenantsOwn_BesideTheApplicationsVault_IsCalledWithTheTenantsTokenAlone()
    {
        using var tenants = new VaultServer();
        string key = await _server.CreateKeyAsync();
        string own = await tenants.CreateKeyAsync();
        string token = tenants.Double.Issue(own);
        using var instance = ColumnCryptInstance.Create(cc => cc
            .AddVault(_server.Configure)
            .UseKek($"vault:transit/{key}")
            .UseTenantKeks((kek, options) => options.Vault(vault =>
            {
                Assert.Equal("acme", kek.Tenant);
                vault.Address = tenants.Http.Address;
                vault.Credential = VaultCredential.Token(token);
            }))
            .UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System)));
        await instance.Keys.InitAsync(cancellationToken: Token);
        int before = tenants.Http.Calls.Count;
        await instance.Keys.SetTenantKekAsync("acme", $"vault:transit/{own}", "contract 7", cancellationToken: Token);
        foreach (string tenant in new[] { "acme", "another" })
        {
            using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
            Assert.Equal("x", cipher.Decrypt(cipher.Encrypt("x")!));
        }

        var calls = tenants.Http.Calls.Skip(before).ToList();
        Assert.Contains(calls, call => call.Path.EndsWith("encrypt/" + own, StringComparison.Ordinal));
        Assert.All(calls, call => Assert.Equal(call.Path == "/v1/sys/health" ? null : token, call.Header("X-Vault-Token")));
        Assert.DoesNotContain(_server.Http.Calls, call => call.Header("X-Vault-Token") == token);
    }

    [Fact]
    public async Task Calls_HaveTheHeadersOfVaultsOwnClients()
    {
        string key = await _server.CreateKeyAsync();
        _server.Double.Namespace = "clinic";
        await _server.Open(key, static vault => vault.Namespace = "clinic").CheckAsync(Token);
        Assert.Equal(("true", "clinic"), (_server.Http.Calls.Last().Header("X-Vault-Request"), _server.Http.Calls.Last().Header("X-Vault-Namespace")));
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("", "must hold")]
    [InlineData("two\nlines", "must hold")]
    public async Task TokenFile_WhenItHoldsNone_IsDeniedAndNamed(string? content, string what)
    {
        using var folder = new TempFolder();
        if (content is not null)
        {
            await File.WriteAllTextAsync(folder.File("token"), content, Encoding.UTF8, Token);
        }

        var kek = _server.Open("kek", vault => vault.Credential = VaultCredential.TokenFile(folder.File("token")));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.File("token"), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("lines", error.Message, StringComparison.Ordinal);
    }

    private static IKeyEncryptionKey Open(string uri, Action<VaultOptions>? configure, Func<string, string?>? variable = null) =>
        new VaultProvider(configure, static () => TimeProvider.System, variable ?? (static _ => null)).Open(uri, new KekOptions());
}
