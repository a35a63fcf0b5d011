using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.TestSupport;

/// <summary>Remembers the ids of the events that were logged. Thread-safe.</summary>
public sealed class EventList : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<EventId> _events = new();

    public IEnumerable<EventId> Events => _events;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory keeps its events to itself.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _events.Enqueue(eventId);

    public void Dispose()
    {
        // Nothing is held.
    }
}
