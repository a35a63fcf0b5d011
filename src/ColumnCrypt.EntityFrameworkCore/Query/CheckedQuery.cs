using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Compiles queries whose rows are looked up in blind indexes, and checks each row that is found after decryption: the conditions are marked as
/// <see cref="OnClient.Candidate"/>, and the values that were looked up are read with the rows. Only what stands on the rows themselves can be
/// checked so, not what the database counts, cuts off or looks at in a subquery. For one query; not thread-safe.
/// </summary>
internal sealed class CheckedQuery
{
    private static readonly MethodInfo s_candidate = typeof(OnClient).GetMethod(nameof(OnClient.Candidate))!;
    private readonly EncryptedMembers _members;
    private readonly List<LookupCheck> _checks = [];
    private readonly List<Expression> _read = [];
    private readonly List<ParameterExpression> _rows = [];
    private bool _counts;

    private CheckedQuery(EncryptedMembers members) => _members = members;

    /// <summary>Compiles a query; one that has nothing to check as it is.</summary>
    public static Func<QueryContext, TResult> Compile<TResult>(IModel model, IDatabase database, Expression query, bool async)
    {
        var members = EncryptedMembers.Of(model);
        return members.HasIndexes && RowChain.Of(query) is { } chain && new CheckedQuery(members).Rewrite(chain) is { } rows
            ? rows.Compile<TResult>(database, async)
            : database.CompileQuery<TResult>(query, async);
    }

    private ICheckedRows? Rewrite(RowChain chain)
    {
        _counts = chain.Counts;
        var source = chain.Rewrite(Marked);
        bool isExact = _checks.TrueForAll(static check => check.IsExact);
        if (_checks.Count == 0 || (isExact && chain.Counts))
        {
            return null;
        }

        var row = chain.Selector?.Parameters[0] ?? Expression.Parameter(RowChain.ElementOf(source), "row");
        var result = chain.Counts ? Expression.Constant(true) : As(chain.Selector?.Body ?? row, chain.EndType);
        var values = _read.Zip(_rows, (property, its) =>
            Expression.Convert(Nullable(ReplacingExpressionVisitor.Replace(its, its.Type == row.Type ? row : Expression.Convert(row, its.Type), property)), typeof(object)));
        var found = typeof(Found<>).MakeGenericType(result.Type);
        var selector = Expression.Lambda(Expression.New(found.GetConstructors()[0], result, Expression.NewArrayInit(typeof(object), values)), row);
        Expression candidates = Expression.Call(typeof(Queryable), nameof(Queryable.Select), [row.Type, found], source, Expression.Quote(selector));
        return (ICheckedRows)Activator.CreateInstance(typeof(CheckedRows<>).MakeGenericType(result.Type), chain.Behind(candidates, found), _checks, chain.End, isExact)!;
    }

    private static Expression As(Expression result, Type? type) => type is null || type == result.Type ? result : Expression.Convert(result, type);

    /// <summary>A property as there may be none of: what a navigation leads to may be missing.</summary>
    private static Expression Nullable(Expression property) => property.Type.IsValueType && System.Nullable.GetUnderlyingType(property.Type) is null
        ? Expression.Convert(property, typeof(Nullable<>).MakeGenericType(property.Type))
        : property;

    /// <summary>A filter of the rows with its lookups marked.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="isCut">True where rows are cut off behind it, so that none may be sorted out afterwards.</param>
    private LambdaExpression Marked(LambdaExpression filter, bool isCut) =>
        Expression.Lambda(filter.Type, Marked(filter.Body, filter.Parameters[0], isCut), filter.Parameters);

    private Expression Marked(Expression condition, ParameterExpression row, bool isCut)
    {
        if (condition is BinaryExpression { NodeType: ExpressionType.AndAlso } both)
        {
            return both.Update(Marked(both.Left, row, isCut), both.Conversion, Marked(both.Right, row, isCut));
        }

        int before = _read.Count;
        var check = new CheckedLookup(_members, row).Of(condition, _read);
        if (check is null || (isCut && !check.IsExact) || (_counts && check.MayCount))
        {
            _read.RemoveRange(before, _read.Count - before);
            return condition;
        }

        _checks.Add(check);
        _rows.AddRange(Enumerable.Repeat(row, _read.Count - before));
        return Expression.Call(s_candidate, condition);
    }
}
