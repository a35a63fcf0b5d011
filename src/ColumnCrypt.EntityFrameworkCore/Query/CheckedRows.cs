using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <inheritdoc cref="ICheckedRows"/>
/// <remarks>Immutable.</remarks>
/// <typeparam name="T">What the query gives for a row.</typeparam>
/// <param name="candidates">The query, of <see cref="Found{T}"/>.</param>
/// <param name="checks">The checks, all of which must hold.</param>
/// <param name="end">The name of the operator of <see cref="Queryable"/> that takes one result; null where the result is a sequence.</param>
/// <param name="isExact">True where the indexes find no other rows, so that the database may take the one result.</param>
internal sealed class CheckedRows<T>(Expression candidates, IReadOnlyList<LookupCheck> checks, string? end, bool isExact) : ICheckedRows
{
    public Func<QueryContext, TResult> Compile<TResult>(IDatabase database, bool async) => (Func<QueryContext, TResult>)((end, isExact, async) switch
    {
        (null, _, false) => Sequence(database.CompileQuery<IEnumerable<Found<T>>>(candidates, async: false)),
        (null, _, true) => Sequence(database.CompileQuery<IAsyncEnumerable<Found<T>>>(candidates, async: true)),
        (_, true, false) => One(database.CompileQuery<Found<T>?>(Ended(), async: false)),
        (_, true, true) => One(database.CompileQuery<Task<Found<T>?>>(Ended(), async: true)),
        (_, false, false) => Taken(database.CompileQuery<IEnumerable<Found<T>>>(candidates, async: false)),
        (_, false, true) => Taken(database.CompileQuery<IAsyncEnumerable<Found<T>>>(candidates, async: true)),
    });

    private MethodCallExpression Ended() => Expression.Call(typeof(Queryable), end!, [typeof(Found<T>)], candidates);

    private Func<QueryContext, FoundRows<T>> Sequence(Func<QueryContext, IEnumerable<Found<T>>> query) => context => new FoundRows<T>(context, query(context), null, checks);

    private Func<QueryContext, FoundRows<T>> Sequence(Func<QueryContext, IAsyncEnumerable<Found<T>>> query) => context => new FoundRows<T>(context, null, query(context), checks);

    private Func<QueryContext, T?> One(Func<QueryContext, Found<T>?> query) => context => Demanded(context, query(context));

    private Func<QueryContext, Task<T?>> One(Func<QueryContext, Task<Found<T>?>> query) => async context => Demanded(context, await query(context).ConfigureAwait(false));

    private T? Demanded(QueryContext context, Found<T>? found)
    {
        if (found is null)
        {
            return default;
        }

        foreach (var check in checks)
        {
            check.Demand(context, found.Values);
        }

        return found.Row;
    }

    private Delegate Taken(Func<QueryContext, IEnumerable<Found<T>>> query)
    {
        var rows = Sequence(query);
        return end switch
        {
            nameof(Queryable.First) => (QueryContext context) => rows(context).First(),
            nameof(Queryable.FirstOrDefault) => (QueryContext context) => rows(context).FirstOrDefault(),
            nameof(Queryable.Single) => (QueryContext context) => rows(context).Single(),
            nameof(Queryable.SingleOrDefault) => (QueryContext context) => rows(context).SingleOrDefault(),
            nameof(Queryable.Any) => (QueryContext context) => rows(context).Any(),
            nameof(Queryable.Count) => (QueryContext context) => rows(context).Count(),
            _ => (Func<QueryContext, long>)(context => rows(context).LongCount()),
        };
    }

    private Delegate Taken(Func<QueryContext, IAsyncEnumerable<Found<T>>> query)
    {
        var rows = Sequence(query);
        return end switch
        {
            nameof(Queryable.First) => (QueryContext context) => AsyncEnumerable.FirstAsync(rows(context), context.CancellationToken).AsTask(),
            nameof(Queryable.FirstOrDefault) => (QueryContext context) => AsyncEnumerable.FirstOrDefaultAsync(rows(context), context.CancellationToken).AsTask(),
            nameof(Queryable.Single) => (QueryContext context) => AsyncEnumerable.SingleAsync(rows(context), context.CancellationToken).AsTask(),
            nameof(Queryable.SingleOrDefault) => (QueryContext context) => AsyncEnumerable.SingleOrDefaultAsync(rows(context), context.CancellationToken).AsTask(),
            nameof(Queryable.Any) => (QueryContext context) => AsyncEnumerable.AnyAsync(rows(context), context.CancellationToken).AsTask(),
            nameof(Queryable.Count) => (QueryContext context) => AsyncEnumerable.CountAsync(rows(context), context.CancellationToken).AsTask(),
            _ => (Func<QueryContext, Task<long>>)(context => AsyncEnumerable.LongCountAsync(rows(context), context.CancellationToken).AsTask()),
        };
    }
}
