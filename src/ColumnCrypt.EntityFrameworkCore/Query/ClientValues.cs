using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Turns what the application passes into a query, variables and constants alike, into parameters that hold index values: made anew each time
/// that the query runs, so that nothing of them is in the query's cache. For the compilation of one query; not thread-safe.
/// </summary>
internal sealed class ClientValues(QueryCompilationContext compilation) : IClientValues
{
    private static readonly MethodInfo s_find = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFind))!;
    private static readonly MethodInfo s_findAny = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindAny))!;
    private static readonly MethodInfo s_store = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToStore))!;
    private static readonly MethodInfo s_findYear = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindYear))!;
    private static readonly MethodInfo s_findDomain = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindDomain))!;
    private static readonly MethodInfo s_findPrefix = typeof(TokenValues).GetMethod(nameof(TokenValues.ToFindPrefix))!;
    private static readonly MethodInfo s_findWords = typeof(TokenValues).GetMethod(nameof(TokenValues.ToFindWords))!;
    private static readonly MethodInfo s_matchAll = typeof(TokenValues).GetMethod(nameof(TokenValues.ToMatchAll))!;
    private static readonly MethodInfo s_part = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindPart))!;
    private static readonly MethodInfo s_findComposite = typeof(IndexedValues).GetMethod(nameof(IndexedValues.ToFindComposite))!;
    private static readonly MethodInfo s_findRange = typeof(RangeValues).GetMethod(nameof(RangeValues.ToFind))!;
    private static readonly MethodInfo s_findBetween = typeof(RangeValues).GetMethod(nameof(RangeValues.ToFindBetween))!;
    private int _count;

    public Expression? ToFind(Expression value, Type type) => Register(value, s_find, type, typeof(BlindIndexValue));

    public Expression? ToFind(Expression value, Type type, string kind) => Register(
        value,
        kind switch
        {
            "year" => s_findYear,
            "domain" => s_findDomain,
            _ => s_find,
        },
        type,
        typeof(BlindIndexValue));

    public Expression? ToFindAny(Expression values, Type type) =>
        typeof(IEnumerable).IsAssignableFrom(values.Type) ? Register(values, s_findAny, type, typeof(List<BlindIndexValue>)) : null;

    public Expression? ToFindComposite(IReadOnlyList<(Expression Value, Type Type)> parts, string purpose)
    {
        var inputs = new Inputs();
        var computed = parts.Select(part => Expression.Call(
            s_part.MakeGenericMethod(Nullable.GetUnderlyingType(part.Type) ?? part.Type), Expression.Convert(inputs.Visit(part.Value), typeof(object)), Expression.Constant(purpose))).ToList();
        return inputs.AreAllOfApplication ? Register(Expression.Call(s_findComposite, Expression.NewArrayInit(typeof(object), computed))) : null;
    }

    public Expression? ToFindRange(IReadOnlyList<RangeBound> bounds, string property)
    {
        var values = bounds.Select(static bound => OfApplication(bound.Value)).ToList();
        return values.TrueForAll(static value => value is not null)
            ? Register(Expression.Call(
                s_findRange,
                Expression.Constant(bounds[0].Index.Kind),
                Expression.Constant(property),
                Expression.Constant(bounds.Select(static bound => bound.Comparison).ToArray()),
                Expression.NewArrayInit(typeof(object), values.Select(static value => Expression.Convert(value!, typeof(object))))))
            : null;
    }

    public Expression? ToFindBetween(Expression from, Expression to, string kind, string property) => OfApplication(from) is { } low && OfApplication(to) is { } high
        ? Register(Expression.Call(
            s_findBetween, Expression.Constant(kind), Expression.Constant(property), Expression.Convert(low, typeof(object)), Expression.Convert(high, typeof(object))))
        : null;

    /// <summary>The index value to store with a value; null where the database computes the value.</summary>
    public Expression? ToStore(Expression value, Type type) => Register(value, s_store, type, typeof(BlindIndexValue));

    public Expression? ToFindPrefix(Expression value, TextPart prefixes, string property, bool mayFindMore) => OfApplication(value) is { } given
        ? Register(TokenCall(s_findPrefix, given, property, prefixes.From, prefixes.To, prefixes.Form, prefixes.Bits, mayFindMore))
        : null;

    public (Expression Words, Expression Count)? ToFindWords(Expression terms, TextPart words, string property) => OfApplication(terms) is { } given
        ? (Register(TokenCall(s_findWords, given, property, words.Form)), Register(TokenCall(s_matchAll, given, property, words.Form)))
        : null;

    public Expression? Tokens(string table) => new EntityQueryRootExpression(compilation.Model.FindEntityType(table)!);

    private Expression? Register(Expression value, MethodInfo make, Type type, Type made)
    {
        if (OfApplication(value) is not { } given)
        {
            return null;
        }

        var call = Expression.Call(make.MakeGenericMethod(Nullable.GetUnderlyingType(type) ?? type), Expression.Convert(given, make.GetParameters()[0].ParameterType));
        return Register(made == call.Type ? call : Expression.Convert(call, made));
    }

    private static MethodCallExpression TokenCall(MethodInfo make, Expression value, params object[] how) => Expression.Call(
        make, [QueryCompilationContext.QueryContextParameter, Expression.Convert(value, typeof(object)), .. how.Select(Expression.Constant)]);

    private static Expression? OfApplication(Expression value)
    {
        var inputs = new Inputs();
        var computed = inputs.Visit(value);
        return inputs.AreAllOfApplication ? computed : null;
    }

    private QueryParameterExpression Register(Expression value) =>
        compilation.RegisterRuntimeParameter($"columncrypt_index_{_count++}", Expression.Lambda(value, QueryCompilationContext.QueryContextParameter));

    /// <summary>Puts the values of the query's parameters in their places, and notices what only the database knows.</summary>
    private sealed class Inputs : ExpressionVisitor
    {
        private static readonly MethodInfo s_value = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Value))!;

        public bool AreAllOfApplication { get; private set; } = true;

        protected override Expression VisitExtension(Expression node)
        {
            if (node is QueryParameterExpression parameter)
            {
                return Expression.Call(s_value.MakeGenericMethod(node.Type), QueryCompilationContext.QueryContextParameter, Expression.Constant(parameter.Name));
            }

            AreAllOfApplication = false;
            return node;
        }

        // EF.Constant and its like say how SQL shows a value; this one stays a parameter whatever they say.
        protected override Expression VisitMethodCall(MethodCallExpression node) =>
            (node.Method.DeclaringType == typeof(EF) || node.Method.DeclaringType == typeof(EFExtensions)) && node.Arguments is [.., var value] ? Visit(value) : base.VisitMethodCall(node);

        protected override Expression VisitParameter(ParameterExpression node)
        {
            AreAllOfApplication = false;
            return node;
        }
    }
}
