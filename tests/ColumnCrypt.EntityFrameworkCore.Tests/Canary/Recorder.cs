using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Canary;

/// <summary>Writes down everything that leaves the process through logs, traces, metrics and exceptions.</summary>
internal sealed class Recorder : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ActivityListener _activities;
    private readonly MeterListener _metrics;

    public Recorder()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => Write($"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(static e => e.Tags))}"),
        };
        ActivitySource.AddActivityListener(_activities);
        _metrics = new MeterListener { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        _metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Write($"{instrument.Meter.Name} {instrument.Name} {value} {string.Join(' ', tags.ToArray())}"));
        _metrics.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Write($"{instrument.Meter.Name} {instrument.Name} {value} {string.Join(' ', tags.ToArray())}"));
        _metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Write($"{instrument.Meter.Name} {instrument.Name} {value} {string.Join(' ', tags.ToArray())}"));
        _metrics.Start();
    }

    public string Text
    {
        get
        {
            _metrics.RecordObservableInstruments();
            return string.Join('\n', _lines);
        }
    }

    public void Write(string line) => _lines.Enqueue(line);

    /// <summary>Runs what must fail, and writes the whole exception down.</summary>
    public async Task FailsAsync<TException>(Func<Task> act)
        where TException : Exception
    {
        var error = await Record.ExceptionAsync(act);
        Assert.NotNull(error);
        Write(error.ToString());
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            Write($"{inner.Message} {string.Join(' ', inner.Data.Values.Cast<object?>())}");
            if (inner is TException)
            {
                return;
            }
        }

        Assert.Fail($"{typeof(TException).Name} was expected: {error}");
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Write($"{state}");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Write($"{logLevel} {eventId} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
        _activities.Dispose();
        _metrics.Dispose();
    }
}
