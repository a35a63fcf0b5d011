using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ColumnCrypt.EntityFrameworkCore.Safety;

/// <summary>Listens to each of EF's service providers, and to no more than three of its events.</summary>
internal sealed class ListenerObserver : IObserver<DiagnosticListener>
{
    private static readonly HashSet<string> s_events =
    [
        CoreEventId.ContextInitialized.Name!, CoreEventId.QueryCompilationStarting.Name!, CoreEventId.SaveChangesStarting.Name!,
    ];

    private readonly ContextObserver _contexts = new();

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            value.Subscribe(_contexts, s_events.Contains);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
