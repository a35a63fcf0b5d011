using ColumnCrypt.Kek.AzureKeyVault;
using ColumnCrypt.Kek.Tests.Outages;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

public sealed class AzureKeyVaultOutageTests : OutageContract
{
    protected override Task<IOutage> StartAsync()
    {
        var vault = new VaultDouble();
        vault.Create(VaultDouble.HsmHost, "kek", "oct-HSM", 256);
        return Task.FromResult<IOutage>(new Outage(vault));
    }

    private sealed class Outage(VaultDouble vault) : IOutage
    {
        public string Uri => $"azure-kv:https://{VaultDouble.HsmHost}/keys/kek";

        public IKekProvider Provider => vault.Provider();

        public void Configure(KekOptions options) => options.AzureKeyVault(static own => own.Algorithm = AzureKeyVaultAlgorithm.Aes256Gcm);

        public void Pause() => vault.Server.Pause();

        public void Resume() => vault.Server.Resume();

        public void Kill() => vault.Server.Stop();

        public void Restart() => vault.Server.Restart();

        public void Dispose() => vault.Dispose();
    }
}
