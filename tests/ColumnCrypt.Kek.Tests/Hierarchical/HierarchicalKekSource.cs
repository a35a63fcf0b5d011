using System.Security.Cryptography;
using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Kek.Tests.Hierarchical;

/// <summary>Hierarchical KEKs over <c>memory:</c>, each with intermediate keys of its own, for installations that the contract suite names.</summary>
public sealed class HierarchicalKekSource : IKekSource, IDisposable
{
    private const string Inner = "memory:";

    private readonly List<IDisposable> _opened = [];
    private readonly Lazy<IKeyEncryptionKey> _kek;
    private readonly Lazy<IKeyEncryptionKey> _another;

    public HierarchicalKekSource()
    {
        _kek = new(Open);
        _another = new(Open);
    }

    public string Uri => "hierarchical:" + Inner;

    public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

    public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

    public void Dispose() => _opened.ForEach(static one => one.Dispose());

    private IKeyEncryptionKey Open()
    {
        var bounds = new KeyBounds { MaxKeysPerIntermediate = 500 };
        var provider = AeadChoice.Best.Provider;
        var registry = new KekRegistry(new Dictionary<string, IKekProvider> { ["memory"] = new InMemoryKekProvider() }, provider);
        var inner = registry.Allow(Uri, new KekOptions());
        var services = new RingServices(
            TimeProvider.System,
            NullLogger.Instance,
            new ColumnCryptMetrics("contract", static () => 0),
            new SecretMemory(0, static _ => { }),
            new NonceSource(TimeProvider.System),
            new AeadContexts(provider, 100),
            new AuditEntries("contract", TimeProvider.System),
            null,
            new IndexNormalisers([]));
        var caller = new KekCaller(registry, new KekRoles([Uri], [], [], [], []), bounds, services);
        var installations = new InstallationLoader(caller, null, services);
        var layer = new HierarchicalKek(services);
        foreach (byte fill in new byte[] { 0x11, 0x12 })
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            var installation = new Installation(
                new KeyId([.. Enumerable.Repeat(fill, KeyId.Size)]), Kdf.Commitment(key), new RowAuthenticator(new RowMacKey(services.Memory, key), services.Logger), new AuditKey(services.Memory, key));
            var session = new StoreSession(new InMemoryKeyStore(), installations, bounds, services);
            var loader = new IntermediateLoader(session, installation, caller, services);
            layer.Attach(installation.Id, new IntermediateKeys(
                new IntermediateSupply(session, installation, loader, new KeyMaker(caller, installations, services), bounds, services), new IntermediateCache(loader, bounds, services), loader));
        }

        _opened.AddRange([layer, caller]);
        return new WholeKek(Uri, layer, inner);
    }

    /// <summary>Takes keys of tenants to the layer, and keys of no tenant to the inner KEK, as their wraps are made and opened.</summary>
    private sealed class WholeKek(string uri, IKeyEncryptionKey layer, IKeyEncryptionKey inner) : IKeyEncryptionKey
    {
        public string Id => uri;

        public KekCapabilities Capabilities => layer.Capabilities;

        public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) => Of(context).WrapAsync(key, context, cancellationToken);

        public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken) =>
            Of(context).UnwrapAsync(wrapped, context, destination, cancellationToken);

        public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) => Of(context).RewrapAsync(wrapped, context, cancellationToken);

        public ValueTask CheckAsync(CancellationToken cancellationToken) => layer.CheckAsync(cancellationToken);

        private IKeyEncryptionKey Of(WrapContext context) => context.Tenant.Length > 0 ? layer : inner;
    }
}
