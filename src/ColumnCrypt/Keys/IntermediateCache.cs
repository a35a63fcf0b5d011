using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// The intermediate keys that this process holds: each is unwrapped once, and again after a tenth of the refresh interval, so that a refusal shows. While its KEKs are
/// unavailable, or take more than half of the KEK timeout, it serves on to the stale limit; a refusal evicts it at once. Thread-safe.
/// </summary>
internal sealed class IntermediateCache(IntermediateLoader loader, KeyBounds bounds, RingServices services) : IDisposable
{
    private readonly ConcurrentDictionary<KeyId, IntermediateKey> _keys = new();
    private readonly ConcurrentDictionary<KeyId, SingleFlight<IntermediateKey>> _flights = new();
    private volatile bool _disposed;

    /// <summary>An intermediate key that may be used now.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Cancels the wait, not the work.</param>
    /// <exception cref="KeyUnavailableException">It may not, or cannot.</exception>
    /// <exception cref="Kek.KekException">There is none.</exception>
    public ValueTask<IntermediateKey> GetAsync(KeyId id, CancellationToken cancellationToken)
    {
        long now = services.Time.GetTimestamp();
        if (!_keys.TryGetValue(id, out var key))
        {
            return new ValueTask<IntermediateKey>(AskAsync(id, cancellationToken));
        }

        key.UsedAt = now;
        return now < key.AskAgainAt ? ValueTask.FromResult(key) : new ValueTask<IntermediateKey>(AskAsync(id, cancellationToken));
    }

    /// <summary>Evicts those that nobody wanted for the idle time.</summary>
    public void Sweep()
    {
        foreach (var key in _keys.Values.Where(key => services.Time.GetElapsedTime(key.UsedAt) >= bounds.IdleEviction))
        {
            Evict(key.Id);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var id in _keys.Keys)
        {
            Evict(id);
        }
    }

    private async Task<IntermediateKey> AskAsync(KeyId id, CancellationToken cancellationToken)
    {
        var flight = _flights.GetOrAdd(id, static _ => new SingleFlight<IntermediateKey>());
        try
        {
            return await flight.RunAsync(() => OpenAsync(id), cancellationToken).ConfigureAwait(false);
        }
        catch when (!_keys.ContainsKey(id))
        {
            // The id may be one that somebody made up.
            _flights.TryRemove(id, out _);
            throw;
        }
    }

    private async Task<IntermediateKey> OpenAsync(KeyId id)
    {
        var known = _keys.GetValueOrDefault(id);
        long askedAt = services.Time.GetTimestamp();

        // Those who wait have a KEK timeout of their own: a KEK that hangs must be given up before, so that they get the key which is here.
        bool mayServeOn = known is not null && services.Time.GetElapsedTime(known.ProvedAt) < bounds.StaleLimit;
        using var patience = mayServeOn ? new CancellationTokenSource(bounds.KekTimeout / 2, services.Time) : new CancellationTokenSource();
        try
        {
            var opened = await loader.OpenAsync(id, patience.Token).ConfigureAwait(false);
            if (known is null)
            {
                known = opened;
                Keep(opened);
            }
            else
            {
                opened.Dispose();
            }

            known.ProvedAt = askedAt;
            known.AskAgainAt = askedAt + Ticks(bounds.RefreshInterval / 10);
            known.UsedAt = askedAt;
            return known;
        }
        catch (Exception error) when (mayServeOn && error is (KeyUnavailableException { IsTransient: true } or OperationCanceledException))
        {
            services.Logger.IntermediateStale(id.ToString(), error);
            known!.AskAgainAt = services.Time.GetTimestamp() + Ticks(bounds.PollInterval);
            return known;
        }
        catch
        {
            Evict(id);
            throw;
        }
    }

    private void Keep(IntermediateKey key)
    {
        _keys[key.Id] = key;
        if (_disposed)
        {
            Evict(key.Id);
        }
    }

    private void Evict(KeyId id)
    {
        if (_keys.TryRemove(id, out var key))
        {
            key.Dispose();
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * services.Time.TimestampFrequency);
}
