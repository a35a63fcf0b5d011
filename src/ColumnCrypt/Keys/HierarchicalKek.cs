using System.Buffers;
using System.Collections.Concurrent;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>
/// The layer between tenants' keys and KEKs: wraps in this process, under intermediate keys, which the KEKs of the configuration wrap (docs/SPEC.md, SPEC-WRAP-17). One for
/// all hierarchical KEKs of an instance; finds the intermediate keys by the installation in the wrap context. Thread-safe.
/// </summary>
internal sealed class HierarchicalKek(RingServices services) : IKeyEncryptionKey, IDisposable
{
    private readonly ConcurrentDictionary<KeyId, IntermediateKeys> _installations = new();

    public string Id => HierarchicalUri.Layer;

    public KekCapabilities Capabilities => KekCapabilities.Versions;

    /// <summary>Makes the intermediate keys of an installation known; those that came first stay.</summary>
    public void Attach(KeyId installation, IntermediateKeys keys) => _installations.TryAdd(installation, keys);

    /// <summary>Proves wraps under the intermediate keys of an installation, whose installation key is known, through an inner KEK.</summary>
    public IntermediateProver Prover(KeyId installation, string kekId) => new(this, _installations[installation].Loader, kekId, services);

    /// <summary>Evicts the intermediate keys that nobody wanted for the idle time.</summary>
    public void Sweep()
    {
        foreach (var keys in _installations.Values)
        {
            keys.Cache.Sweep();
        }
    }

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) => WrapAsync(key, context, null, cancellationToken);

    /// <summary>Wraps a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="context">What it is bound to.</param>
    /// <param name="also">The URI of a hierarchical KEK whose inner KEK wraps an intermediate key that is made for it, beside those of the configuration; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, string? also, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        cancellationToken.ThrowIfCancellationRequested();
        var keys = Of(context);
        var id = await keys.Supply.TakeAsync(also, cancellationToken).ConfigureAwait(false);
        return (await keys.Cache.GetAsync(id, cancellationToken).ConfigureAwait(false)).Wrap(key.Span, context);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        KekArguments.DemandDestination(destination);
        cancellationToken.ThrowIfCancellationRequested();
        var id = IdOf(wrapped, context);
        return (await Of(context).Cache.GetAsync(id, cancellationToken).ConfigureAwait(false)).Unwrap(wrapped, context, destination.Span);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        int size = await UnwrapAsync(wrapped, context, secret.Memory, cancellationToken).ConfigureAwait(false);
        return await WrapAsync(secret.Memory[..size], context, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    /// <summary>The intermediate key that a wrap names.</summary>
    /// <exception cref="KekException">It names none.</exception>
    public static KeyId IdOf(WrappedKey wrapped, WrapContext context)
    {
        Span<byte> bytes = stackalloc byte[KeyId.Size];
        return Convert.FromHexString(wrapped.KekVersion, bytes, out _, out int written) == OperationStatus.Done && written == KeyId.Size
            && new KeyId(bytes) is var id && id.ToString() == wrapped.KekVersion
                ? id
                : throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} names no intermediate key. Compare the key tables with a backup.");
    }

    public void Dispose()
    {
        foreach (var keys in _installations.Values)
        {
            keys.Cache.Dispose();
        }
    }

    // A key of no tenant is wrapped by the inner KEKs themselves. So no intermediate key is ever opened through another, whatever the tables say.
    private IntermediateKeys Of(WrapContext context) =>
        context.Tenant.Length > 0 && _installations.TryGetValue(context.InstallationId, out var keys)
            ? keys
            : throw new KekException(KekFailure.WrongContextOrTampered, $"The {context} is of no tenant, or of another installation: no intermediate key wraps it.");
}
