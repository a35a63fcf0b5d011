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

    public Expression? ToFind(Expression value, Type type) => Call(s_find, value, type);

    // The value of a year or a domain is not of the property's type: a filter cannot ask for one.
    public Expression? ToFind(Expression value, Type type, string kind) => kind is "year" or "domain" ? null : ToFind(value, type);

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
