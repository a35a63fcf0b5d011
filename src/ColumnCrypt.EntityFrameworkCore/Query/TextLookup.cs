using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Has beginnings and words of a text looked up among its tokens: the row's key is one of those that the token table holds beside the token. So both
/// databases start from the tokens, not from the rows; where a key has several columns, each row is looked up by it.
/// </summary>
internal sealed class TextLookup(EncryptedMembers members, IClientValues values)
{
    private static readonly MethodInfo s_property = typeof(EF).GetMethod(nameof(EF.Property))!;
    private static readonly Type s_row = typeof(Dictionary<string, object>);

    private static readonly MethodInfo s_among = typeof(Enumerable).GetMethods()
        .Single(static m => m.Name == nameof(Enumerable.Contains) && m.GetParameters().Length == 2).MakeGenericMethod(typeof(BlindIndexValue));

    /// <summary>A row's value begins with a text; null where the property has no prefixes to ask.</summary>
    /// <param name="member">The property.</param>
    /// <param name="value">The text, or character.</param>
    /// <param name="owner">What the property is read of.</param>
    /// <param name="isChecked">True where every row that is found is checked after decryption.</param>
    /// <exception cref="EncryptedQueryException">The index is not one that can answer this.</exception>
    public Expression? StartsWith(Expression member, Expression value, Expression owner, bool isChecked)
    {
        if (Find(member, words: false) is not { } index)
        {
            return null;
        }

        string name = Named(member);
        if (index.Part.Form != Search.IndexDefinition.NoNormaliser)
        {
            throw new EncryptedQueryException(
                $"StartsWith is asked of {name}, whose text index is of the normal form {index.Part.Form}, in which other texts begin alike. "
                + "Ask with EF.Functions.HasPrefix(property, value), and compare exactly in memory, after AsEnumerable() or ToListAsync().");
        }

        if (index.Part.Bits < Search.IndexDefinition.FullBits && !isChecked)
        {
            throw new EncryptedQueryException(
                $"StartsWith is asked of {name}, whose text index is cut off, so that it finds other rows too, where they cannot be sorted out after decryption. "
                + "Ask in a Where of the rows themselves, before any Skip, Take or Distinct, joined to other conditions by &&; or ask for all that it finds with EF.Functions.HasPrefix(property, value), and compare exactly in memory, after AsEnumerable() or ToListAsync().");
        }

        return HasToken(index, owner, values.ToFindPrefix(value, index.Part, name, isChecked), name);
    }

    /// <summary>A row's value has the beginning of a text, in its normal form, as far as there are tokens; null where the property has no prefixes to ask.</summary>
    public Expression? HasPrefix(Expression member, Expression value, Expression owner) =>
        Find(member, words: false) is { } index ? HasToken(index, owner, values.ToFindPrefix(value, index.Part, Named(member), mayFindMore: true), Named(member)) : null;

    /// <summary>A row's value has all words of a text; null where the property's words are not indexed.</summary>
    public Expression? MatchesWords(Expression member, Expression terms, Expression owner)
    {
        if (Find(member, words: true) is not { } index)
        {
            return null;
        }

        string name = Named(member);
        if (values.Tokens(index.Table) is not { } tokens || values.ToFindWords(terms, index.Part, name) is not { } found)
        {
            throw NotOfApplication(name);
        }

        var row = Expression.Parameter(s_row, "t");
        Expression among = Expression.Call(s_among, found.Words, Property(row, Model.TokenTable.Token, typeof(BlindIndexValue)));
        if (index.Key is not [var (key, type)])
        {
            var mine = Where(tokens, row, index.Key.Aggregate(among, (all, one) => Expression.AndAlso(all, SameKey(row, owner, one))));
            return Expression.Equal(Expression.Call(typeof(Queryable), nameof(Queryable.Count), [s_row], mine), found.Count);
        }

        var group = typeof(IGrouping<,>).MakeGenericType(type, s_row);
        var one = Expression.Parameter(group, "g");
        var groups = Expression.Call(
            typeof(Queryable), nameof(Queryable.GroupBy), [s_row, type], Where(tokens, row, among), Expression.Quote(Expression.Lambda(Property(row, key, type), row)));
        var all = Expression.Call(
            typeof(Queryable),
            nameof(Queryable.Where),
            [group],
            groups,
            Expression.Quote(Expression.Lambda(Expression.Equal(Expression.Call(typeof(Enumerable), nameof(Enumerable.Count), [s_row], one), found.Count), one)));
        return Contains(Select(all, one, Expression.Property(one, nameof(IGrouping<,>.Key))), Property(owner, key, type));
    }

    private TextMember? Find(Expression member, bool words) => members.TextIndexesOf(member).FirstOrDefault(index => index.Part.Words == words);

    private Expression HasToken(TextMember index, Expression owner, Expression? token, string name)
    {
        if (token is null || values.Tokens(index.Table) is not { } tokens)
        {
            throw NotOfApplication(name);
        }

        var row = Expression.Parameter(s_row, "t");
        Expression equal = Expression.Equal(Property(row, Model.TokenTable.Token, typeof(BlindIndexValue)), token);
        return index.Key is [var (key, type)]
            ? Contains(Select(Where(tokens, row, equal), row, Property(row, key, type)), Property(owner, key, type))
            : Expression.Call(
                typeof(Queryable), nameof(Queryable.Any), [s_row], Where(tokens, row, index.Key.Aggregate(equal, (all, one) => Expression.AndAlso(all, SameKey(row, owner, one)))));
    }

    private static EncryptedQueryException NotOfApplication(string name) => new(
        $"The text index of {name} is asked with a value that the database would have to compute, or in a query filter. Pass it in a variable, in the query itself.");

    private static string Named(Expression member) => member is MemberExpression { Member: var m } ? $"{m.DeclaringType?.Name}.{m.Name}" : EncryptedMembers.NameOf(member);

    private static BinaryExpression SameKey(ParameterExpression row, Expression owner, (string Name, Type Type) key) =>
        Expression.Equal(Property(row, key.Name, key.Type), Property(owner, key.Name, key.Type));

    private static MethodCallExpression Property(Expression of, string name, Type type) => Expression.Call(s_property.MakeGenericMethod(type), of, Expression.Constant(name));

    private static MethodCallExpression Where(Expression rows, ParameterExpression row, Expression condition) =>
        Expression.Call(typeof(Queryable), nameof(Queryable.Where), [row.Type], rows, Expression.Quote(Expression.Lambda(condition, row)));

    private static MethodCallExpression Select(Expression rows, ParameterExpression row, Expression value) =>
        Expression.Call(typeof(Queryable), nameof(Queryable.Select), [row.Type, value.Type], rows, Expression.Quote(Expression.Lambda(value, row)));

    private static MethodCallExpression Contains(Expression rows, Expression item) => Expression.Call(typeof(Queryable), nameof(Queryable.Contains), [item.Type], rows, item);
}
