using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

public sealed class OpenCryptokiContractTests(OpenCryptokiContractTests.Source source) : RemoteKekContract(source), IClassFixture<OpenCryptokiContractTests.Source>
{
    public sealed class Source : IRemoteKekSource
    {
        private readonly Lazy<IKeyEncryptionKey> _kek = new(static () => OpenCryptoki.Open(Create()));
        private readonly Lazy<IKeyEncryptionKey> _another = new(static () => OpenCryptoki.Open(Create()));

        public string Uri => _kek.Value.Id;

        // Each changed wrap costs its own RSA operation and two more that tell it from a broken device.
        public int StrideOfChanges => 11;

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

        // Its keys' uses cannot be changed once they are made.
        public ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context) => ValueTask.FromResult<(IKeyEncryptionKey, WrappedKey)?>(null);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
        {
            string uri = Create();
            var wrapped = await OpenCryptoki.Open(uri).WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            OpenCryptoki.Shared.Admin.Destroy(uri["pkcs11:token=columncrypt;object=".Length..uri.IndexOf(";type", StringComparison.Ordinal)]);
            return (OpenCryptoki.Open(uri), wrapped);
        }

        // Whoever gives another PIN while the process is logged in.
        public async ValueTask<IKeyEncryptionKey> OpenDeniedAsync()
        {
            await Task.CompletedTask;
            return OpenCryptoki.Open(Uri, pin: "99");
        }

        public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync() => ValueTask.FromResult<IKeyEncryptionKey?>(null);

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(OpenCryptoki.Open(OpenCryptoki.Uri("kek", "not-inserted")));

        private static string Create()
        {
            string label = $"kek-{Guid.NewGuid():N}";
            OpenCryptoki.Shared.Admin.CreateRsa(label, 3_072);
            return OpenCryptoki.Uri(label);
        }
    }
}
