using System.Diagnostics.Metrics;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>Counts the key loads of one instance that blocked a thread.</summary>
public sealed class SynchronousLoads : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public SynchronousLoads(string instance)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "columncrypt.ring.synchronous_loads" && instrument.Meter.Tags?.Any(t => (string?)t.Value == instance) == true)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref _count, measurement));
        _listener.Start();
    }

    public long Count => _count;

    public void Dispose() => _listener.Dispose();
}
