using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

public sealed class KekProverTests
{
    public static TheoryData<string> Fields() => ["nothing", "tenant", "key id", "kind", "installation"];

    [Theory, MemberData(nameof(Fields))]
    public async Task Check_OfAKekThatBindsAllButOneField_SaysSo(string forgotten)
    {
        using var instance = ColumnCryptInstance.Create(cc => cc.AddKekProvider(new LaxKek(forgotten)).UseKek("test:kek").UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System)));
        await instance.Keys.InitAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(forgotten == "nothing", (await instance.Keys.CheckKekAsync("test:kek", TestContext.Current.CancellationToken)).RefusesWrongContext);
    }

    /// <summary>A KEK that does not look at one field of the context.</summary>
    private sealed class LaxKek(string forgotten) : IKekProvider, IKeyEncryptionKey
    {
        private readonly SwitchableKek _kek = new();

        public string Scheme => _kek.Scheme;

        public string Id => _kek.Id;

        public KekCapabilities Capabilities => _kek.Capabilities;

        public IKeyEncryptionKey Open(string uri, KekOptions options) => this;

        public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) => _kek.WrapAsync(key, Bound(context), cancellationToken);

        public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken) =>
            _kek.UnwrapAsync(wrapped, Bound(context), destination, cancellationToken);

        public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) => _kek.RewrapAsync(wrapped, Bound(context), cancellationToken);

        public ValueTask CheckAsync(CancellationToken cancellationToken) => _kek.CheckAsync(cancellationToken);

        private WrapContext Bound(WrapContext context) => forgotten switch
        {
            "tenant" => context with { Tenant = "" },
            "key id" => context with { KeyId = default(KeyId) },
            "kind" => context with { Kind = KeyKind.Data },
            "installation" => context with { InstallationId = default(KeyId) },
            _ => context,
        };
    }
}
