using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

public sealed class TpmContractTests(TpmContractTests.Source source) : RemoteKekContract(source), IClassFixture<TpmContractTests.Source>
{
    public sealed class Source : IRemoteKekSource
    {
        private readonly Lazy<IKeyEncryptionKey> _kek = new(static () => Open("kek"));
        private readonly Lazy<IKeyEncryptionKey> _another = new(static () => Open("another"));

        public string Uri => _kek.Value.Id;

        public int ManyWraps => 200;

        public int StrideOfChanges => 97;

        public int RoundsOfEachCaller => 1;

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

        // A TPM fixes what a key is for when it is made.
        public ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context) => ValueTask.FromResult<(IKeyEncryptionKey, WrappedKey)?>(null);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
        {
            var wrapped = await _kek.Value.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            return (Open("never-made"), wrapped);
        }

        public async ValueTask<IKeyEncryptionKey> OpenDeniedAsync()
        {
            await _kek.Value.CheckAsync(TestContext.Current.CancellationToken);
            return Tpm.Open(Uri, pin: "999999");
        }

        public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync() => ValueTask.FromResult<IKeyEncryptionKey?>(null);

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(Tpm.Open(Tpm.Uri("kek", "not-inserted")));

        private static IKeyEncryptionKey Open(string label)
        {
            _ = Tpm.Shared;
            return Tpm.Open(Tpm.Uri(label));
        }
    }
}
