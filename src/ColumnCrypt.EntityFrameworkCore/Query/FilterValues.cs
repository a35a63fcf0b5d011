using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Makes index values inside a query filter, when the model is built. Each names the context: EF makes parameters of that, and of constants
/// alone it would make literals. Stateless, thread-safe.
/// </summary>
internal sealed class FilterValues : IClientValues
{
    private static readonly MethodInfo s_find = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindInFilter))!;
    private static readonly MethodInfo s_findAny = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindAnyInFilter))!;
    private static readonly MethodInfo s_findYear = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindYearInFilter))!;
    private static readonly MethodInfo s_findDomain = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindDomainInFilter))!;
    private static readonly MethodInfo s_findBetween = typeof(RangeValues).GetMethod(nameof(RangeValues.ToFindBetweenInFilter))!;

    public Expression? ToFind(Expression value, Type type) => Call(s_find, value, type);

    public Expression? ToFind(Expression value, Type type, string kind) => Call(
        kind switch
        {
            "year" => s_findYear,
            "domain" => s_findDomain,
            _ => s_find,
        },
        value,
        type);

    // A filter is never checked after decryption.
    public Expression? ToFindRange(IReadOnlyList<RangeBound> bounds, string property) => null;

    public Expression? ToFindBetween(Expression from, Expression to, string kind, string property)
    {
        var search = new RowSearch();
        search.Visit(from);
        search.Visit(to);
        return search.Found
            ? null
            : Expression.Call(
                s_findBetween,
                Expression.Constant(null, typeof(DbContext)),
                Expression.Constant(kind),
                Expression.Constant(property),
                Expression.Convert(from, typeof(object)),
                Expression.Convert(to, typeof(object)));
    }

    public Expression? ToFindComposite(IReadOnlyList<(Expression Value, Type Type)> parts, string purpose) => null;

    public Expression? ToFindAny(Expression values, Type type) => typeof(IEnumerable).IsAssignableFrom(values.Type) ? Call(s_findAny, values, type) : null;

    // While the model is built there are no query roots yet to look tokens up in.
    public Expression? Tokens(string table) => null;

    public Expression? ToFindPrefix(Expression value, TextPart prefixes, string property, bool mayFindMore) => null;

    public (Expression Words, Expression Count)? ToFindWords(Expression terms, TextPart words, string property) => null;

    private static MethodCallExpression? Call(MethodInfo method, Expression value, Type type)
    {
        var search = new RowSearch();
        search.Visit(value);
        return search.Found
            ? null
            : Expression.Call(
                method.MakeGenericMethod(Nullable.GetUnderlyingType(type) ?? type),
                Expression.Constant(null, typeof(DbContext)),
                Expression.Convert(value, method.GetParameters()[1].ParameterType));
    }

    private sealed class RowSearch : ExpressionVisitor
    {
        public bool Found { get; private set; }

        public override Expression? Visit(Expression? node)
        {
            Found |= node is not null && typeof(IQueryable).IsAssignableFrom(node.Type);
            return base.Visit(node);
        }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found = true;
            return node;
        }
    }
}
