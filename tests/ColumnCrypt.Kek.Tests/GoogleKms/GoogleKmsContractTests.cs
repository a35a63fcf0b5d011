using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

public sealed class GoogleKmsContractTests(GoogleKmsContractTests.Source source) : RemoteKekContract(source), IClassFixture<GoogleKmsContractTests.Source>
{
    public sealed class Source : IRemoteKekSource, IDisposable
    {
        private readonly GoogleDouble _kms = new();
        private readonly GoogleDouble _failing = new();
        private IKeyEncryptionKey? _kek;
        private IKeyEncryptionKey? _another;

        public string Uri => Kek.Id;

        public int RoundsOfEachCaller => 5;

        private IKeyEncryptionKey Kek => _kek ??= _kms.Open(_kms.Create().Name);

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(Kek);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another ??= _kms.Open(_kms.Create().Name));

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context) => await OpenInAsync("DISABLED", context);

        public ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context) => OpenInAsync("DESTROYED", context);

        public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => ValueTask.FromResult(_kms.Open(Name, GoogleDouble.Identity("stranger")));

        public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync()
        {
            _failing.Server.Fail(static context => GoogleDouble.WriteAsync(context, 429, "RESOURCE_EXHAUSTED"));
            return ValueTask.FromResult<IKeyEncryptionKey?>(_failing.Open(Name));
        }

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(_kms.Open(Name, endpoint: new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}/")));

        public void Dispose()
        {
            _kms.Dispose();
            _failing.Dispose();
        }

        private string Name => Uri["gcp-kms:".Length..];

        private async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenInAsync(string state, WrapContext context)
        {
            var key = _kms.Create();
            var kek = _kms.Open(key.Name);
            var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            key.Versions[0].State = state;
            return (kek, wrapped);
        }
    }
}
