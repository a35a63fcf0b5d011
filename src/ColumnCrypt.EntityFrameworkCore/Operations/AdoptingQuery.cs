using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Query;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// A compiled query of an adopting model: one for each combination of states that occurs, chosen whenever it runs, so that it does not matter who
/// keeps it and for how long. Thread-safe.
/// </summary>
/// <typeparam name="TResult">The result as EF asks for it.</typeparam>
internal sealed class AdoptingQuery<TResult>
{
    /// <summary>What runs a query once the states are read; for results that are awaited.</summary>
    private static readonly MethodInfo? s_awaited = typeof(TResult).IsGenericType
        ? typeof(AdoptingQuery<TResult>).GetMethod(typeof(TResult).GetGenericTypeDefinition() == typeof(Task<>) ? nameof(OneAsync) : nameof(RowsAsync), BindingFlags.Instance | BindingFlags.NonPublic)!
            .MakeGenericMethod(typeof(TResult).GetGenericArguments())
        : null;

    private readonly ConcurrentDictionary<string, Func<QueryContext, TResult>> _compiled = new(StringComparer.Ordinal);
    private readonly Expression _query;
    private readonly bool _async;
    private readonly bool _writes;

    private AdoptingQuery(Expression query, bool async, Func<QueryContext, TResult> encrypted)
    {
        _query = query;
        _async = async;
        _writes = BulkUpdate.IsOne(query);
        Encrypted = encrypted;
    }

    /// <summary>The query of columns that are verified. It comes first, whatever the states: what would be refused then is refused from the beginning.</summary>
    private Func<QueryContext, TResult> Encrypted { get; }

    /// <summary>Compiles a query; one that touches no adopted column as it is.</summary>
    public static Func<QueryContext, TResult> Compile(IDatabase database, ContextScope scope, Expression query, bool async)
    {
        if (BulkUpdate.IsOne(query))
        {
            PlaintextMembers.RefuseSetters(query, AdoptedColumns.Of(scope.Context.Model));
        }

        scope.ReadsAdopted = false;
        var encrypted = CheckedQuery.Compile<TResult>(scope.Context.Model, database, query, async);
        return scope.ReadsAdopted ? new AdoptingQuery<TResult>(query, async, encrypted).Run : encrypted;
    }

    private TResult Run(QueryContext context)
    {
        var scope = ContextWindow.Current.ScopeOf(context.Context);
        if (!_async)
        {
            return Run(context, AdoptionReading.Read(scope));
        }

        var prepared = AdoptionReading.PrepareAsync(scope, context.CancellationToken);
        return prepared.IsCompletedSuccessfully ? Run(context, AdoptionReading.Known(scope)) : (TResult)s_awaited!.Invoke(this, [context, scope, prepared.AsTask()])!;
    }

    private async Task<T> OneAsync<T>(QueryContext context, ContextScope scope, Task prepared)
    {
        await prepared.ConfigureAwait(false);
        return await ((Task<T>)(object)Run(context, AdoptionReading.Known(scope))!).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<T> RowsAsync<T>(QueryContext context, ContextScope scope, Task prepared)
    {
        await prepared.ConfigureAwait(false);
        await foreach (var row in ((IAsyncEnumerable<T>)Run(context, AdoptionReading.Known(scope))!).WithCancellation(context.CancellationToken).ConfigureAwait(false))
        {
            yield return row;
        }
    }

    private TResult Run(QueryContext context, AdoptionModes modes)
    {
        context.Parameters[AdoptionModes.Parameter] = modes;
        string key = modes.KeyOf(_writes);
        return (_writes || key.AsSpan().ContainsAny('p', 'm') ? Compiled(key, modes, context.Context) : Encrypted)(context);
    }

    private Func<QueryContext, TResult> Compiled(string key, AdoptionModes modes, DbContext context)
    {
        if (!_compiled.TryGetValue(key, out var compiled))
        {
            var model = context.Model;
            var query = new PlaintextMembers(EncryptedMembers.Of(model), AdoptedColumns.Of(model), modes).Rewrite(_query);
            var scope = ContextWindow.Current.ScopeOf(context);
            scope.Mixed = [.. modes.Mixed];
            try
            {
                compiled = _compiled.GetOrAdd(key, ((EncryptingDatabase)context.GetService<IDatabase>()).CompileAsIs<TResult>(query, _async));
            }
            finally
            {
                scope.Mixed = [];
            }
        }

        return compiled;
    }
}
