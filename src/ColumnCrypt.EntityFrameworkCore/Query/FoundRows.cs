using System.Collections;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>The rows of a query that are right. Read anew at each enumeration, as EF's own are; not thread-safe.</summary>
/// <typeparam name="T">What the query gives for a row.</typeparam>
internal sealed class FoundRows<T>(QueryContext context, IEnumerable<Found<T>>? rows, IAsyncEnumerable<Found<T>>? asyncRows, IReadOnlyList<LookupCheck> checks)
    : IEnumerable<T>, IAsyncEnumerable<T>, IQueryingEnumerable
{
    public IEnumerator<T> GetEnumerator()
    {
        foreach (var found in rows!)
        {
            if (IsRight(found))
            {
                yield return found.Row;
            }
        }
    }

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var found in asyncRows!.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (IsRight(found))
            {
                yield return found.Row;
            }
        }
    }

    public string ToQueryString() => ((IQueryingEnumerable)(rows ?? (object)asyncRows!)).ToQueryString();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool IsRight(Found<T> found)
    {
        foreach (var check in checks)
        {
            if (!check.Holds(context, found.Values))
            {
                return false;
            }
        }

        return true;
    }
}
