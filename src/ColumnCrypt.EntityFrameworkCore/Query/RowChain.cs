using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// The outermost operators of a query, as far as they keep its rows: filters and orders, then at most one projection, then at most one operator
/// that takes one result. Immutable.
/// </summary>
internal sealed class RowChain
{
    private static readonly HashSet<string> s_ends =
    [
        nameof(Queryable.First), nameof(Queryable.FirstOrDefault), nameof(Queryable.Single), nameof(Queryable.SingleOrDefault),
        nameof(Queryable.Any), nameof(Queryable.Count), nameof(Queryable.LongCount),
    ];

    private static readonly HashSet<string> s_ordering =
    [
        nameof(Queryable.OrderBy), nameof(Queryable.OrderByDescending), nameof(Queryable.ThenBy), nameof(Queryable.ThenByDescending), nameof(Queryable.OfType),
        nameof(EntityFrameworkQueryableExtensions.Include), nameof(EntityFrameworkQueryableExtensions.ThenInclude),
    ];

    private static readonly HashSet<string> s_cutting = [nameof(Queryable.Skip), nameof(Queryable.Take), nameof(Queryable.Distinct)];
    private readonly Expression _source;
    private readonly IReadOnlyList<MethodCallExpression> _rows;
    private readonly IReadOnlyList<MethodCallExpression> _behind;

    private RowChain(Expression source, IReadOnlyList<MethodCallExpression> rows, LambdaExpression? selector, IReadOnlyList<MethodCallExpression> behind, MethodInfo? end)
    {
        _source = source;
        _rows = rows;
        Selector = selector;
        _behind = behind;
        End = end?.Name;
        EndType = end?.GetGenericArguments()[0];
    }

    /// <summary>The projection, or null.</summary>
    public LambdaExpression? Selector { get; }

    /// <summary>The name of the operator that takes one result; null where the result is a sequence.</summary>
    public string? End { get; }

    /// <summary>The type of the rows as that operator has it: a query of an entity is one of its interfaces, too.</summary>
    public Type? EndType { get; }

    /// <summary>True where the rows do not count, only how many there are.</summary>
    public bool Counts => End is nameof(Queryable.Any) or nameof(Queryable.Count) or nameof(Queryable.LongCount);

    /// <summary>Reads a query; null where no filter stands on its rows.</summary>
    public static RowChain? Of(Expression query)
    {
        var (rows, end) = WithoutEnd(query);
        List<MethodCallExpression> calls = [];
        List<MethodCallExpression> behind = [];
        LambdaExpression? selector = null;
        while (rows is MethodCallExpression { Object: null, Arguments: [var source, ..] } call && IsOfLinq(call))
        {
            if (call.Method.Name == nameof(Queryable.Select) && selector is null && calls.TrueForAll(IsShapeless) && Lambdas.Of(call.Arguments[1]) is { Parameters.Count: 1 } last)
            {
                selector = last;
                behind = calls;
                calls = [];
            }
            else if (IsFilter(call) || IsShapeless(call) || s_ordering.Contains(call.Method.Name) || call.Method.Name == nameof(Queryable.Distinct))
            {
                calls.Add(call);
            }
            else
            {
                break;
            }

            rows = source;
        }

        return calls.Exists(IsFilter) ? new RowChain(rows, calls, selector, behind, end) : null;
    }

    /// <summary>The type of a query's rows.</summary>
    public static Type ElementOf(Expression query) => query.Type.GetInterfaces().Append(query.Type)
        .First(static t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IQueryable<>)).GetGenericArguments()[0];

    /// <summary>The rows in front of the projection, with other filters.</summary>
    /// <param name="filter">Makes another filter of one; hears too whether rows are cut off behind it.</param>
    public Expression Rewrite(Func<LambdaExpression, bool, LambdaExpression> filter)
    {
        var rows = _source;
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            var call = _rows[i];
            bool isCut = _behind.Concat(_rows.Take(i)).Any(static c => s_cutting.Contains(c.Method.Name));
            rows = IsFilter(call)
                ? call.Update(null, [rows, Expression.Quote(filter(Lambdas.Of(call.Arguments[1])!, isCut))])
                : call.Update(null, [rows, .. call.Arguments.Skip(1)]);
        }

        return rows;
    }

    /// <summary>What stands behind the projection, behind another one.</summary>
    public Expression Behind(Expression projected, Type element)
    {
        for (int i = _behind.Count - 1; i >= 0; i--)
        {
            projected = Expression.Call(_behind[i].Method.GetGenericMethodDefinition().MakeGenericMethod(element), [projected, .. _behind[i].Arguments.Skip(1)]);
        }

        return projected;
    }

    /// <summary>A query without the operator that takes one result: its condition becomes a filter.</summary>
    private static (Expression Rows, MethodInfo? End) WithoutEnd(Expression query)
    {
        if (query is MethodCallExpression { Arguments: [var rows, ..] } call && call.Method.DeclaringType == typeof(Queryable) && s_ends.Contains(call.Method.Name))
        {
            if (call.Arguments.Count == 1)
            {
                return (rows, call.Method);
            }

            if (call.Arguments.Count == 2 && Lambdas.Of(call.Arguments[1]) is not null)
            {
                return (Expression.Call(typeof(Queryable), nameof(Queryable.Where), call.Method.GetGenericArguments(), [.. call.Arguments]), call.Method);
            }
        }

        return (query, null);
    }

    private static bool IsOfLinq(MethodCallExpression call) =>
        call.Method.DeclaringType == typeof(Queryable) || call.Method.DeclaringType == typeof(EntityFrameworkQueryableExtensions) || call.Method.DeclaringType == typeof(RelationalQueryableExtensions);

    private static bool IsFilter(MethodCallExpression call) => call.Method.Name == nameof(Queryable.Where) && Lambdas.Of(call.Arguments[1]) is { Parameters.Count: 1 };

    /// <summary>An operator that does not look into the rows.</summary>
    private static bool IsShapeless(MethodCallExpression call) =>
        call.Method.Name is nameof(Queryable.Skip) or nameof(Queryable.Take) or nameof(Queryable.AsQueryable)
        || (call.Method.DeclaringType != typeof(Queryable) && call.Method.GetGenericArguments().Length == 1
            && (call.Method.Name.StartsWith("As", StringComparison.Ordinal) || call.Method.Name.StartsWith("Tag", StringComparison.Ordinal) || call.Method.Name.StartsWith("Ignore", StringComparison.Ordinal)));
}
