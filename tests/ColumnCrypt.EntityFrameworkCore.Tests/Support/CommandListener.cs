using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>Hears of everything that Entity Framework says, and keeps the last command of this flow.</summary>
public sealed class CommandListener : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private static readonly AsyncLocal<CommandListener?> s_current = new();
    private readonly IDisposable _all;
    private readonly List<IDisposable> _each = [];

    public CommandListener()
    {
        s_current.Value = this;
        _all = DiagnosticListener.AllListeners.Subscribe(this);
    }

    public (string, List<DbParameter>)? Last { get; private set; }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            _each.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (s_current.Value == this && value.Value is CommandEventData command)
        {
            Last = (command.Command.CommandText, [.. command.Command.Parameters.Cast<DbParameter>()]);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose()
    {
        _each.ForEach(static e => e.Dispose());
        _all.Dispose();
    }
}
