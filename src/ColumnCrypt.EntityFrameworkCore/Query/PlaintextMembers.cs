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

    public Expression Rewrite(Expression query) => BulkUpdate.IsOne(query)
        ? Updated((MethodCallExpression)query)
        : Visit(new FinalProjection(members).Rewrite(query));

    protected override Expression VisitMember(MemberExpression node) => Plaintext(node) ?? base.VisitMember(node);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (Plaintext(node) is { } plaintext)
        {
            return plaintext;
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
        var meant = columns.All.Where(c => !c.IsInPlace && c.Property.Name == name && (c.Property.DeclaringType.ClrType.IsAssignableFrom(type) || type.IsAssignableFrom(c.Property.DeclaringType.ClrType))).ToList();
        return meant.Count == 0 || (members.CountOf(node) == meant.Count && meant.TrueForAll(c => modes.IsPlainLeading(c.Ordinal) == modes.IsPlainLeading(meant[0].Ordinal)))
            ? meant
            : throw new EncryptedQueryException(
                $"The query reads {IndexLookup.Named(node)} of types whose columns are adopted in different states ({string.Join(", ", meant.Select(static c => c.Name))}). Ask each type by itself until the adoption is over.");
    }

    private MethodCallExpression Updated(MethodCallExpression call)
    {
        var setters = (NewArrayExpression)call.Arguments[1];
        return call.Update(null, [Visit(call.Arguments[0]), setters.Update(setters.Expressions.SelectMany(Setters))]);
    }

    private IEnumerable<Expression> Setters(Expression setter)
    {
        if (setter is not NewExpression { Arguments: [LambdaExpression selector, var value] } tuple || !typeof(ITuple).IsAssignableFrom(tuple.Type)
            || AdoptedIn(EncryptedMembers.Unconverted(selector.Body)) is not [var column, ..])
        {
            yield return setter;
            yield break;
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
