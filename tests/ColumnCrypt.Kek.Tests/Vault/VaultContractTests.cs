using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Kek.Vault;

namespace ColumnCrypt.Kek.Tests.Vault;

public sealed class VaultContractTests(VaultContractTests.Source source) : RemoteKekContract(source), IClassFixture<VaultContractTests.Source>
{
    public sealed class Source : IRemoteKekSource, IAsyncLifetime
    {
        private readonly VaultServer _server = new();
        private readonly VaultServer _failing = new();
        private IKeyEncryptionKey? _kek;
        private IKeyEncryptionKey? _another;

        public string Uri => _kek!.Id;

        public async ValueTask InitializeAsync()
        {
            _kek = await _server.CreateAsync();
            _another = await _server.CreateAsync();
        }

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek!);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another!);

        // Vault has no such state: a version that it does not decrypt any more is another question, and a test of its own.
        public ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context) => ValueTask.FromResult<(IKeyEncryptionKey, WrappedKey)?>(null);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
        {
            var kek = await _server.CreateAsync();
            var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            await DestroyAsync(kek);
            return (kek, wrapped);
        }

        public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => ValueTask.FromResult(Open(_server, VaultCredential.Token(_server.Double.Issue("nothing"))));

        public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync()
        {
            _failing.Double.Fault = new HttpReply(429, "{\"errors\":[\"request path \\\"transit\\\": rate limit quota exceeded\"]}");
            return ValueTask.FromResult<IKeyEncryptionKey?>(Open(_failing, VaultCredential.Token("any")));
        }

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() =>
            ValueTask.FromResult(_server.Open("kek", static vault => vault.Address = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}")));

        public ValueTask DisposeAsync()
        {
            (_kek as IDisposable)?.Dispose();
            (_another as IDisposable)?.Dispose();
            _server.Dispose();
            _failing.Dispose();
            return ValueTask.CompletedTask;
        }

        private IKeyEncryptionKey Open(VaultServer server, VaultCredential credential) => server.Open(Uri[(Uri.LastIndexOf('/') + 1)..], vault => vault.Credential = credential);

        private async Task DestroyAsync(IKeyEncryptionKey kek)
        {
            string path = $"transit/keys/{kek.Id[(kek.Id.LastIndexOf('/') + 1)..]}";
            await _server.AdministerAsync(HttpMethod.Post, path + "/config", new { deletion_allowed = true });
            await _server.AdministerAsync(HttpMethod.Delete, path);
        }
    }
}
