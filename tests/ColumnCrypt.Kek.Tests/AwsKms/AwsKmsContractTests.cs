using Amazon.KeyManagementService.Model;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.AwsKms;

public sealed class AwsKmsContractTests(AwsKmsContractTests.Source source) : RemoteKekContract(source), IClassFixture<AwsKmsContractTests.Source>
{
    public sealed class Source : IRemoteKekSource, IAsyncLifetime
    {
        private readonly MotoServer _moto = new();
        private readonly MotoServer _failing = new();
        private IKeyEncryptionKey? _kek;
        private IKeyEncryptionKey? _another;

        public string Uri => _kek!.Id;

        public async ValueTask InitializeAsync()
        {
            _kek = await CreateAsync();
            _another = await CreateAsync();
        }

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek!);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another!);

        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context)
        {
            var kek = await CreateAsync();
            var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            await _moto.Admin.DisableKeyAsync(new DisableKeyRequest { KeyId = kek.Id[(kek.Id.LastIndexOf('/') + 1)..] });
            return (kek, wrapped);
        }

        // A key that is gone is one that the service does not know.
        public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
        {
            var wrapped = await _kek!.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
            return (_moto.Open($"aws-kms:{Guid.NewGuid():D}"), wrapped);
        }

        public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => OpenFailing("AccessDeniedException", 400);

        public async ValueTask<IKeyEncryptionKey?> OpenThrottledAsync() => await OpenFailing("ThrottlingException", 400);

        public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() =>
            ValueTask.FromResult(_moto.Open(Uri, static aws => aws.ServiceUrl = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}/")));

        public ValueTask DisposeAsync()
        {
            _moto.Dispose();
            _failing.Dispose();
            return ValueTask.CompletedTask;
        }

        private async ValueTask<IKeyEncryptionKey> CreateAsync() => _moto.Open($"aws-kms:{(await _moto.CreateKeyAsync()).Arn}");

        private ValueTask<IKeyEncryptionKey> OpenFailing(string errorCode, int statusCode)
        {
            _failing.Fail(errorCode, statusCode);
            return ValueTask.FromResult(_failing.Open(Uri));
        }
    }
}
