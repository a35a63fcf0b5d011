using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ColumnCrypt.EntityFrameworkCore.Safety;

/// <summary>Listens to each of EF's service providers, and to no more than three of its events.</summary>
internal sealed class ListenerObserver : IObserver<DiagnosticListener>
{
    private readonly ContextObserver _contexts = new();

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            value.Subscribe(_contexts, ContextObserver.Wants);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
