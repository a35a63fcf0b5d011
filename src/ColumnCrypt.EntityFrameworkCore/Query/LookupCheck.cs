using System.Collections;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>The condition of one lookup, as the application wrote it, to be asked of decrypted values. Thread-safe.</summary>
/// <param name="purpose">What is looked up, for messages.</param>
/// <param name="isExact">True where the index finds no other rows, unless it was changed without its value.</param>
/// <param name="holds">The condition.</param>
/// <param name="asked">What the property is compared with.</param>
internal sealed class LookupCheck(string purpose, bool isExact, Func<QueryContext, IReadOnlyList<object?>, bool> holds, Func<QueryContext, object?> asked)
{
    /// <summary>True where its index finds no other rows.</summary>
    public bool IsExact => isExact;

    /// <summary>True where the database may count what its index finds, unchecked: it refuses by itself what it cannot tell apart.</summary>
    public bool MayCount { get; set; }

    /// <summary>True where the row is one that was asked for.</summary>
    /// <exception cref="CiphertextInvalidException">It is not, and the index finds no others: its column was changed without the value.</exception>
    public bool Holds(QueryContext context, IReadOnlyList<object?> values) =>
        holds(context, values) || (isExact && !HoldsNull(asked(context)) ? throw Mismatch() : false);

    /// <summary>As <see cref="Holds"/>, where the database has taken the one result and no other row can stand in for one that is wrong.</summary>
    public void Demand(QueryContext context, IReadOnlyList<object?> values)
    {
        if (!holds(context, values))
        {
            throw Mismatch();
        }
    }

    private CiphertextInvalidException Mismatch() => new(
        $"The blind index of {purpose} led to a row that holds another value: its index column was changed without the value, or is not filled. "
        + "Find out who writes to the table, then fill the indexes with Recheck.");

    // NULL stands in the index columns of rows that are not filled yet, too.
    private static bool HoldsNull(object? value) => value is null || (value is IEnumerable values and not string && values.Cast<object?>().Contains(null));
}
