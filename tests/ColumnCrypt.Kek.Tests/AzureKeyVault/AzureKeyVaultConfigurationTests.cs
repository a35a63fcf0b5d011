using ColumnCrypt.Kek.AzureKeyVault;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

public sealed class AzureKeyVaultConfigurationTests
{
    [Theory]
    [InlineData("azure-kv:")]
    [InlineData("azure-kv:clinic/keys/kek")]
    [InlineData("azure-kv:http://clinic.vault.azure.net/keys/kek")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/secrets/kek")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/a b")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek\n")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek/latest")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek/..")]
    [InlineData("azure-kv:https://clinic.vault.azure.net:8443/keys/kek")]
    [InlineData("azure-kv:https://node:hunter2@clinic.vault.azure.net/keys/kek")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek?secret=hunter2")]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek#hunter2")]
    [InlineData("azure-kv:https://CLINIC.vault.azure.net/keys/kek")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteItAndShowsNoSecret(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new AzureKeyVaultProvider(static vault => vault.Credential = new TestCredential("application")).Open(uri, new KekOptions()));
        Assert.Contains("azure-kv:https://VAULT.vault.azure.net/keys/NAME", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azure-kv:https://clinic.vault.azure.net/keys/kek")]
    [InlineData("azure-kv:https://clinic.managedhsm.azure.net/keys/Kek-2")]
    [InlineData("azure-kv:https://clinic.vault.usgovcloudapi.net/keys/kek/0123456789abcdef0123456789abcdef")]
    public void Open_WhenTheUriNamesAKey_DoesNoInput(string uri) => Assert.Equal(uri, new AzureKeyVaultProvider(null).Open(uri, new KekOptions()).Id);

    [Theory]
    [InlineData("azure-kv:https://clinic.vault.azure.net.example.org/keys/kek")]
    [InlineData("azure-kv:https://clinicvault.azure.net/keys/kek")]
    [InlineData("azure-kv:https://vault.azure.net/keys/kek")]
    [InlineData("azure-kv:https://127.0.0.1/keys/kek")]
    public void Open_WhenTheHostIsNoVaults_IsRefused(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new AzureKeyVaultProvider(null).Open(uri, new KekOptions()));
        Assert.Contains("VaultSuffixes", error.Message, StringComparison.Ordinal);
    }

    // Must hold 7: a tenant's KEK never sees another identity.
    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutACredential_IsRefused()
    {
        foreach (var configure in new Action<AzureKeyVaultOptions>?[] { null, static vault => vault.Credential = new TestCredential("application") })
        {
            var error = Assert.Throws<EncryptionModelException>(() => new AzureKeyVaultProvider(configure).Open("azure-kv:https://acme.vault.azure.net/keys/kek", new KekOptions { IsTenantsOwn = true }));
            Assert.Contains("that tenant's credential", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(AzureKeyVaultAlgorithm.Automatic, true)]
    [InlineData(AzureKeyVaultAlgorithm.RsaOaep256, true)]
    [InlineData(AzureKeyVaultAlgorithm.Aes256Gcm, false)]
    public void Capabilities_SayWhetherAnybodyMayWrap(AzureKeyVaultAlgorithm algorithm, bool isPublic)
    {
        var kek = new AzureKeyVaultProvider(vault => vault.Algorithm = algorithm).Open("azure-kv:https://clinic.vault.azure.net/keys/kek", new KekOptions());
        Assert.Equal(isPublic, kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));
        Assert.True(kek.Capabilities.HasFlag(KekCapabilities.Remote | KekCapabilities.Versions));
    }
}
