using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Makes execution strategies that wait for keys.</summary>
internal sealed class KeyAwaitingStrategyFactory(IExecutionStrategyFactory inner, ContextScope scope) : IExecutionStrategyFactory
{
    public IExecutionStrategy Create() => new KeyAwaitingStrategy(inner.Create(), scope);
}
