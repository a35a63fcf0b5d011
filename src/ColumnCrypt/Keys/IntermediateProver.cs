using System.Collections.Concurrent;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Threading;

namespace ColumnCrypt.Keys;

/// <summary>
/// Opens wraps under intermediate keys with nothing that this process remembers: one inner KEK is asked for each intermediate key, and again where its answer is 10 s old. For
/// what cannot be brought back, such as the drop of an old wrap. Thread-safe.
/// </summary>
/// <param name="layer">The layer that the wraps are of.</param>
/// <param name="loader">Opens intermediate keys.</param>
/// <param name="kekId">The URI of the inner KEK.</param>
/// <param name="services">Clock.</param>
internal sealed class IntermediateProver(HierarchicalKek layer, IntermediateLoader loader, string kekId, RingServices services) : IDisposable
{
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<KeyId, IntermediateKey> _proved = new();
    private readonly ConcurrentDictionary<KeyId, SingleFlight<IntermediateKey>> _flights = new();

    /// <summary>Opens a wrap, and returns the size of the key in bytes.</summary>
    /// <exception cref="KeyUnavailableException">The inner KEK does not give the intermediate key, or that one does not open the wrap.</exception>
    public async Task<int> UnwrapAsync(WrapRecord wrap, WrapContext context, Memory<byte> destination)
    {
        var wrapped = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
        try
        {
            var key = await ProvedAsync(HierarchicalKek.IdOf(wrapped, context)).ConfigureAwait(false);
            return key.Unwrap(wrapped, context, destination.Span);
        }
        catch (KekException error)
        {
            throw KekCalls.Translate(error, layer, context);
        }
    }

    public void Dispose()
    {
        foreach (var key in _proved.Values)
        {
            key.Dispose();
        }
    }

    private Task<IntermediateKey> ProvedAsync(KeyId id) => _proved.TryGetValue(id, out var key) && services.Time.GetElapsedTime(key.ProvedAt) < s_validity
        ? Task.FromResult(key)
        : _flights.GetOrAdd(id, static _ => new SingleFlight<IntermediateKey>()).RunAsync(() => AskAsync(id), CancellationToken.None);

    private async Task<IntermediateKey> AskAsync(KeyId id)
    {
        long askedAt = services.Time.GetTimestamp();
        var opened = await loader.OpenAsync(id, CancellationToken.None, kekId).ConfigureAwait(false);
        var kept = _proved.GetOrAdd(id, opened);
        if (kept != opened)
        {
            opened.Dispose();
        }

        kept.ProvedAt = askedAt;
        return kept;
    }
}
