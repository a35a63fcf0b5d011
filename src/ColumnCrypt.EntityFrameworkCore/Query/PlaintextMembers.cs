using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Has a query ask the columns of plaintext of those adopted properties whose plaintext leads, and a bulk update write both columns. For one
/// query; not thread-safe.
/// </summary>
internal sealed class PlaintextMembers(EncryptedMembers members, AdoptedColumns columns, AdoptionModes modes) : ExpressionVisitor
{
    private static readonly MethodInfo s_property = typeof(EF).GetMethod(nameof(EF.Property))!;
    private static readonly MethodInfo s_decrypted = typeof(OnClient).GetMethod(nameof(OnClient.Decrypted))!;
    private static readonly MethodInfo s_demanded = typeof(OnClient).GetMethod(nameof(OnClient.Demanded))!;

    /// <summary>Refuses a bulk update that sets a column of plaintext by itself: what is written there follows the property and the state of its column.</summary>
    /// <exception cref="EncryptedQueryException">It does.</exception>
    public static void RefuseSetters(Expression query, AdoptedColumns columns)
    {
        foreach (var selector in ((NewArrayExpression)((MethodCallExpression)query).Arguments[1]).Expressions.OfType<NewExpression>().Select(static tuple => tuple.Arguments[0]).OfType<LambdaExpression>())
        {
            var target = EncryptedMembers.Unconverted(selector.Body);
            if (target is MethodCallExpression { Arguments: [.., ConstantExpression { Value: string name }] } read
                && columns.All.FirstOrDefault(c => c.Plaintext?.Name == name && AreOne(c.Property.DeclaringType.ClrType, EncryptedMembers.Unconverted(read.Object ?? read.Arguments[0]).Type)) is { } column)
            {
                throw new EncryptedQueryException(
                    $"ExecuteUpdate sets {name}, the plaintext that {column.Name} is adopted from: what is written there follows the state of the column. Set {column.Property.Name}, which writes both columns as the state says.");
            }
        }
    }

    public Expression Rewrite(Expression query) => BulkUpdate.IsOne(query)
        ? Updated((MethodCallExpression)query)
        : Visit(new FinalProjection(members).Rewrite(new GivenMembers(Demanded).Rewrite(query)));

    protected override Expression VisitMember(MemberExpression node) => Plaintext(node) ?? base.VisitMember(node);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (Plaintext(node) is { } plaintext)
        {
            return plaintext;
        }

        if (node.Method.IsGenericMethod && node.Method.GetGenericMethodDefinition() == s_decrypted && Demanded(node.Arguments[0]) is { } demanded)
        {
            return demanded;
        }

        if (node.Method.IsDefined(typeof(IndexFunctionAttribute), inherit: false) && Leading(IndexLookup.Stripped(node.Arguments[1])) is { } column)
        {
            throw new EncryptedQueryException(
                $"EF.Functions.{node.Method.Name} asks a blind index of {column.Name}, which is not filled yet: the column is being adopted. Ask it once the column is verified: columncrypt adopt --column {column.Name}");
        }

        // What asks a blind index later says the comparison that both have; EF translates it without.
        return node is { Object: { } self, Arguments: [var other, ConstantExpression { Value: StringComparison.Ordinal }] } && Leading(IndexLookup.Stripped(self)) is not null
            && typeof(string).GetMethod(node.Method.Name, [typeof(string)]) is { } plain
                ? Expression.Call(Visit(self), plain, Visit(other))
                : base.VisitMethodCall(node);
    }

    /// <summary>The column of plaintext in place of an adopted property whose plaintext leads; null for anything else.</summary>
    private Expression? Plaintext(Expression node) => Leading(node) is { } column ? Of(Visit(members.OwnerOf(node)!), column, node.Type) : null;

    /// <summary>
    /// The column of plaintext in place of an adopted property that takes no null, where the application is given it: NULL is an error there, as in an entity.
    /// Null for anything else.
    /// </summary>
    private Expression? Demanded(Expression given)
    {
        // What a conversion computes is computed of what is demanded: of null where there is no row, and it can say so.
        if (!IsConversion(given, out var conversion))
        {
            return Demanded(given, given.Type);
        }

        var operand = conversion.Operand;
        bool isComputed = IsConversion(operand, out var inner);
        if (!isComputed && Keeps(operand.Type, given.Type))
        {
            return Demanded(operand, given.Type);
        }

        if (Nullable.GetUnderlyingType(given.Type) is null || !operand.Type.IsValueType || Nullable.GetUnderlyingType(operand.Type) is not null)
        {
            return null;
        }

        var type = typeof(Nullable<>).MakeGenericType(operand.Type);
        return Demanded(isComputed ? Expression.MakeUnary(inner!.NodeType, inner.Operand, type) : Expression.Convert(operand, type)) is not { } number ? null
            : number.Type == given.Type ? number
            : Expression.MakeUnary(conversion.NodeType, number, given.Type);
    }

    private static bool IsConversion(Expression expression, [NotNullWhen(true)] out UnaryExpression? conversion) =>
        (conversion = expression as UnaryExpression) is { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Method: null };

    private MethodCallExpression? Demanded(Expression member, Type type)
    {
        if (members.OwnerOf(member) is not { } of || AdoptedIn(member) is not [var column, ..] meant || !modes.IsPlainLeading(column.Ordinal) || meant.Exists(static c => c.Property.IsNullable))
        {
            return null;
        }

        var owner = Visit(of);
        return Expression.Call(
            s_demanded.MakeGenericMethod(type),
            Expression.Convert(Of(owner, column, column.Plaintext!.ClrType), typeof(object)),
            IsThere(owner, column),
            Expression.Constant(column.PlainName),
            Expression.Constant(column.Name));
    }

    private static bool Keeps(Type from, Type to) => to.IsAssignableFrom(from) || Nullable.GetUnderlyingType(to) == from;

    /// <summary>Whether there is a row, of the type that is asked: an outer join may find none, and rows of sibling types have the column, too.</summary>
    private static Expression IsThere(Expression owner, AdoptedColumn column)
    {
        var row = EncryptedMembers.Unconverted(owner);
        row = row is UnaryExpression { NodeType: ExpressionType.TypeAs, Operand: var operand } ? operand : row;
        return !owner.Type.IsAssignableFrom(row.Type) ? Expression.TypeIs(row, owner.Type)
            : column.Property.DeclaringType.ContainingEntityType.FindPrimaryKey() is null ? Expression.Constant(true)
            : Expression.NotEqual(row, Expression.Constant(null, row.Type));
    }

    private static Expression Of(Expression owner, AdoptedColumn column, Type type)
    {
        var read = type == typeof(object) || type.IsAssignableFrom(column.Plaintext!.ClrType) ? type : column.Plaintext!.ClrType;
        Expression plaintext = Expression.Call(s_property.MakeGenericMethod(read), owner, Expression.Constant(column.Plaintext!.Name));
        return plaintext.Type == type ? plaintext : Expression.Convert(plaintext, type);
    }

    private AdoptedColumn? Leading(Expression node)
    {
        var meant = AdoptedIn(node);
        return meant.Count == 0 || !modes.IsPlainLeading(meant[0].Ordinal) ? null : meant[0];
    }

    /// <summary>The adopted properties that an expression may read: one, or those of several types that it may be about.</summary>
    private List<AdoptedColumn> AdoptedIn(Expression node)
    {
        if (members.OwnerOf(node) is not { } owner)
        {
            return [];
        }

        string name = EncryptedMembers.NameOf(node);
        var type = EncryptedMembers.Unconverted(owner).Type;
        var meant = columns.All.Where(c => !c.IsInPlace && c.Property.Name == name && AreOne(c.Property.DeclaringType.ClrType, type)).ToList();
        return meant.Count == 0 || (members.CountOf(node) == meant.Count && meant.TrueForAll(c => modes.IsPlainLeading(c.Ordinal) == modes.IsPlainLeading(meant[0].Ordinal)))
            ? meant
            : throw InDifferentStates("reads", node, meant);
    }

    private static EncryptedQueryException InDifferentStates(string doing, Expression member, List<AdoptedColumn> meant) => new(
        $"The query {doing} {IndexLookup.Named(EncryptedMembers.Unconverted(member))} of types whose columns are adopted in different states ({string.Join(", ", meant.Select(static c => c.Name))}). "
        + "Bring the columns into one state (columncrypt adopt), or load the rows, change them and save.");

    private MethodCallExpression Updated(MethodCallExpression call)
    {
        var setters = (NewArrayExpression)call.Arguments[1];
        return call.Update(null, [Visit(call.Arguments[0]), setters.Update(setters.Expressions.SelectMany(Setters))]);
    }

    private static bool AreOne(Type one, Type other) => one.IsAssignableFrom(other) || other.IsAssignableFrom(one);

    private IEnumerable<Expression> Setters(Expression setter)
    {
        if (setter is not NewExpression { Arguments: [LambdaExpression selector, var value] } tuple || !typeof(ITuple).IsAssignableFrom(tuple.Type)
            || AdoptedIn(EncryptedMembers.Unconverted(selector.Body)) is not [var column, ..] meant)
        {
            yield return setter;
            yield break;
        }

        if (meant.Exists(c => modes.WritesPlain(c.Ordinal) != modes.WritesPlain(column.Ordinal)))
        {
            throw InDifferentStates("sets", selector.Body, meant);
        }

        yield return setter;
        var owner = members.OwnerOf(EncryptedMembers.Unconverted(selector.Body))!;
        var body = value is LambdaExpression lambda ? lambda.Body : value;
        bool isItself = members.OwnerOf(EncryptedMembers.Unconverted(body)) is not null;
        if (isItself && modes.WritesPlain(column.Ordinal))
        {
            yield break;
        }

        var type = column.Plaintext!.ClrType;
        Expression plaintext = modes.WritesPlain(column.Ordinal) ? Expression.Convert(Unboxed(body), type) : Expression.Constant(null, type);
        yield return tuple.Update([
            Expression.Lambda(Of(owner, column, type), selector.Parameters),
            Expression.Lambda(plaintext, value is LambdaExpression { Parameters: [_] } ? ((LambdaExpression)value).Parameters : selector.Parameters)]);
    }

    private static Expression Unboxed(Expression value) => value is UnaryExpression { NodeType: ExpressionType.Convert, Operand: var operand } && value.Type == typeof(object) ? operand : value;
}
