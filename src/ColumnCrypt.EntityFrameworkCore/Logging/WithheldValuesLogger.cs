using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Logging;

/// <summary>Passes everything on but the values of a named event, in whose place it says that they are withheld.</summary>
internal sealed class WithheldValuesLogger(ILogger inner, EventId withheld) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == withheld.Id)
        {
            inner.Log(logLevel, eventId, "A property was detected as changed; its values are withheld, because this context encrypts.", null, static (text, _) => text);
        }
        else
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
