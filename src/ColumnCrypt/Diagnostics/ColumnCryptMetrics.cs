using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ColumnCrypt.Diagnostics;

/// <summary>
/// The meter and the activity source, both named <c>ColumnCrypt</c>. Tags name the instance and the outcome, never a tenant, a
/// purpose or data.
/// </summary>
internal sealed class ColumnCryptMetrics : IDisposable
{
    public const string Name = "ColumnCrypt";

    private readonly Meter _meter;
    private readonly Counter<long> _encrypted;
    private readonly Counter<long> _decrypted;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _kekCalls;
    private readonly Histogram<double> _kekSeconds;
    private readonly Counter<long> _kekRetries;
    private readonly UpDownCounter<long> _kekCircuitsOpen;
    private readonly Counter<long> _ringLoads;
    private readonly Counter<long> _ringHits;
    private readonly Counter<long> _synchronousLoads;
    private readonly Counter<long> _plaintextReads;

    public ColumnCryptMetrics(string instance, Func<int> cachedKeys)
    {
        _meter = new Meter(new MeterOptions(Name) { Tags = [new("columncrypt.instance", instance)] });
        _encrypted = _meter.CreateCounter<long>("columncrypt.values.encrypted", "{value}", "Values encrypted.");
        _decrypted = _meter.CreateCounter<long>("columncrypt.values.decrypted", "{value}", "Values decrypted.");
        _refused = _meter.CreateCounter<long>("columncrypt.values.refused", "{value}", "Values that could not be decrypted.");
        _kekCalls = _meter.CreateCounter<long>("columncrypt.kek.calls", "{call}", "Calls to KEK backends.");
        _kekSeconds = _meter.CreateHistogram<double>("columncrypt.kek.duration", "s", "Duration of calls to KEK backends.");
        _kekRetries = _meter.CreateCounter<long>("columncrypt.kek.retries", "{attempt}", "Attempts repeated because a KEK was unavailable.");
        _kekCircuitsOpen = _meter.CreateUpDownCounter<long>("columncrypt.kek.circuits_open", "{kek}", "KEKs whose circuit breaker is open.");
        _ringLoads = _meter.CreateCounter<long>("columncrypt.ring.loads", "{load}", "Key rings loaded or refreshed.");
        _ringHits = _meter.CreateCounter<long>("columncrypt.ring.hits", "{hit}", "Key rings served from the cache.");
        _synchronousLoads = _meter.CreateCounter<long>("columncrypt.ring.synchronous_loads", "{load}", "Key loads that blocked a thread.");
        _plaintextReads = _meter.CreateCounter<long>("columncrypt.adoption.plaintext_reads", "{value}", "Reads of adopted columns that gave plaintext.");
        _meter.CreateObservableGauge("columncrypt.keys.cached", cachedKeys, "{key}", "Keys in the cache.");
        Activities = new ActivitySource(Name);
    }

    public ActivitySource Activities { get; }

    public void Encrypted() => _encrypted.Add(1);

    public void Decrypted() => _decrypted.Add(1);

    public void Refused() => _refused.Add(1);

    public void KekCall(string operation, string outcome, TimeSpan duration)
    {
        var tags = new TagList { { "operation", operation }, { "outcome", outcome } };
        _kekCalls.Add(1, tags);
        _kekSeconds.Record(duration.TotalSeconds, tags);
    }

    public void KekRetried() => _kekRetries.Add(1);

    public void KekCircuit(int change) => _kekCircuitsOpen.Add(change);

    public void RingLoaded(string outcome) => _ringLoads.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void RingHit() => _ringHits.Add(1);

    public void AdoptionPlaintextRead() => _plaintextReads.Add(1);

    public void SynchronousLoad() => _synchronousLoads.Add(1);

    public void Dispose()
    {
        _meter.Dispose();
        Activities.Dispose();
    }
}
