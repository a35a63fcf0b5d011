using ColumnCrypt.Kek.Tests.Outages;
using ColumnCrypt.Kek.Vault;

namespace ColumnCrypt.Kek.Tests.Vault;

public sealed class VaultOutageTests : OutageContract
{
    protected override async Task<IOutage> StartAsync()
    {
        var server = new VaultServer();
        string name = await server.CreateKeyAsync();
        var (roleId, secretId) = await server.CreateRoleAsync(name, uses: 1);
        return new Outage(server, $"vault:transit/{name}", VaultCredential.AppRole(roleId, secretId));
    }

    private sealed class Outage(VaultServer server, string uri, VaultCredential credential) : IOutage
    {
        public string Uri => uri;

        public IKekProvider Provider => new VaultProvider(vault => (vault.Address, vault.Credential) = (server.Http.Address, credential), static () => TimeProvider.System);

        public void Pause() => server.Http.Pause();

        public void Resume() => server.Http.Resume();

        public void Kill() => server.Http.Kill();

        public void Restart() => server.Http.Restart();

        public void Dispose() => server.Dispose();
    }
}
