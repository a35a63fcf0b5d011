using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ColumnCrypt.TestSupport;

/// <summary>Counts the key loads of one instance that blocked a thread.</summary>
public sealed class SynchronousLoads : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _stacks = new();

    public SynchronousLoads(string instance)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "columncrypt.ring.synchronous_loads" && instrument.Meter.Tags?.Any(t => (string?)t.Value == instance) == true)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => _stacks.Enqueue(Environment.StackTrace));
        _listener.Start();
    }

    public long Count => _stacks.Count;

    /// <summary>Who was blocked.</summary>
    public IEnumerable<string> Stacks => _stacks;

    public void Dispose() => _listener.Dispose();
}
