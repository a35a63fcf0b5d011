using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Kmip;

public sealed class KmipContractTests(KmipContractTests.Source source) : RemoteKekContract(source), IClassFixture<KmipContractTests.Source>
{
    public sealed class Source : IRemoteKekSource, IAsyncLifetime
    {
        private IKeyEncryptionKey? _kek;
        private IKeyEncryptionKey? _another;

        public string Uri => _kek!.Id;

        public int ManyWraps => 200;

        public int StrideOfChanges => 13;

        public int RoundsOfEachCaller => 1;

        private static KmipServer Server => KmipServer.Shared;

        public async ValueTask InitializeAsync()
        {
            _kek = (await Server.CreateAsync()).Kek;
            _another = (await Server.CreateAsync()).Kek;
        }

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek!);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another!);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context) => await RevokedAsync(context, isDestroyed: false);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context) => await RevokedAsync(context, isDestroyed: true);

        // PyKMIP feigns not to know a key that is another's; it says so where it does not take the certificate.
        public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => ValueTask.FromResult(Server.Open(Uri, static server => server.ClientCertificate = Server.Useless));

        // KMIP 1.4 has no such answer.
        public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync() => ValueTask.FromResult<IKeyEncryptionKey?>(null);

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(Server.Open($"kmip:127.0.0.1:{ServerProcess.FreePort()}/kek"));

        public ValueTask DisposeAsync()
        {
            (_kek as IDisposable)?.Dispose();
            (_another as IDisposable)?.Dispose();
            return ValueTask.CompletedTask;
        }

        private static async Task<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> RevokedAsync(WrapContext context, bool isDestroyed)
        {
            var (kek, id) = await Server.CreateAsync();
            var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            using var keys = Server.Keys(kek.Id);
            await keys.RevokeAsync(id);
            if (isDestroyed)
            {
                await keys.DestroyAsync(id);
            }

            return (kek, wrapped);
        }
    }
}
