using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Finds the comparisons that a range index answers: a property on one side, and on the other what the application passes. Their rows are those of
/// whole buckets, so that each must be checked after decryption. Stateless but for the model; thread-safe.
/// </summary>
internal sealed class RangeLookup(EncryptedMembers members)
{
    /// <summary>The comparisons of one conjunction that are about one property, and the conditions that are left.</summary>
    public sealed record Match(IReadOnlyList<RangeBound> Bounds, IReadOnlyList<Expression> Others);

    /// <summary>The range index that answers for a property; null where it has none.</summary>
    public static IndexedMember? IndexOf(EncryptedMembers members, Expression member) =>
        members.IndexesOf(member).FirstOrDefault(static i => i.Kind.StartsWith(IndexOptions.Range, StringComparison.Ordinal));

    /// <summary>The first two or more comparisons of one property in a conjunction, all of them checked after decryption; null where there are none.</summary>
    public Match? Find(BinaryExpression conjunction)
    {
        var conditions = CompositeLookup.Conjuncts(conjunction).Select(condition => (Condition: condition, Bound: CheckedBoundOf(condition))).ToList();
        foreach (var (_, first) in conditions)
        {
            var same = first is null ? [] : conditions.Where(c => c.Bound is { } bound && IsSame(first, bound)).ToList();
            if (same.Count > 1)
            {
                return new Match([.. same.Select(static c => c.Bound!)], [.. conditions.Except(same).Select(static c => c.Condition)]);
            }
        }

        return null;
    }

    /// <summary>A comparison for order, as one of a property that has a range index; null for any other.</summary>
    public RangeBound? BoundOf(BinaryExpression comparison) => comparison.NodeType switch
    {
        ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual =>
            Of(comparison.Left, comparison.NodeType, comparison.Right) ?? Of(comparison.Right, Mirrored(comparison.NodeType), comparison.Left),
        _ => null,
    };

    /// <summary>A comparison for equality, as one of a property that has a range index; null for any other, and with null as a constant.</summary>
    public RangeBound? EqualityOf(Expression left, Expression right) => IndexLookup.IsNull(left) || IndexLookup.IsNull(right)
        ? null
        : Of(left, ExpressionType.Equal, right) ?? Of(right, ExpressionType.Equal, left);

    /// <summary>
    /// Without the conversions that keep the order of all values: to and from Nullable, and of whole numbers to such that hold them all. A signed number as
    /// an unsigned one stays: below zero they part.
    /// </summary>
    public static Expression Stripped(Expression expression) => expression switch
    {
        MemberExpression { Member.Name: nameof(Nullable<>.Value), Expression: { } nullable } when Nullable.GetUnderlyingType(nullable.Type) is not null => Stripped(nullable),
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } cast when KeepsOrder(cast) => Stripped(cast.Operand),
        _ => expression,
    };

    private static bool KeepsOrder(UnaryExpression cast)
    {
        var (from, to) = (Plain(cast.Operand.Type), Plain(cast.Type));
        return from == to
            ? cast.Method is null
            : IsWhole(from) && ((to == typeof(decimal) && (cast.Method is null || cast.Method.DeclaringType == typeof(decimal)))
                || (IsWhole(to) && cast.Method is null && BitsOf(to) > BitsOf(from) && (IsSigned(to) || !IsSigned(from))));
    }

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    // Neither an enum, whose type code is that of its number, nor a character has a range index.
    private static bool IsWhole(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static bool IsSigned(Type type) => Type.GetTypeCode(type) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;

    private static int BitsOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => 8,
        TypeCode.Int16 or TypeCode.UInt16 => 16,
        TypeCode.Int32 or TypeCode.UInt32 => 32,
        _ => 64,
    };

    private static ExpressionType Mirrored(ExpressionType comparison) => comparison switch
    {
        ExpressionType.LessThan => ExpressionType.GreaterThan,
        ExpressionType.LessThanOrEqual => ExpressionType.GreaterThanOrEqual,
        ExpressionType.GreaterThan => ExpressionType.LessThan,
        _ => ExpressionType.LessThanOrEqual,
    };

    // A cast counts: siblings of a hierarchy may each have a property of the name.
    private static bool IsSame(RangeBound one, RangeBound other) =>
        one.Index == other.Index
        && EncryptedMembers.NameOf(one.Member) == EncryptedMembers.NameOf(other.Member)
        && ExpressionEqualityComparer.Instance.Equals(one.Owner, other.Owner);

    private RangeBound? CheckedBoundOf(Expression condition) =>
        CompositeLookup.IsCandidate(condition) && ((MethodCallExpression)condition).Arguments[0] is BinaryExpression comparison ? BoundOf(comparison) : null;

    private RangeBound? Of(Expression side, ExpressionType comparison, Expression value)
    {
        var member = Stripped(side);
        return members.OwnerOf(member) is { } owner && IndexOf(members, member) is { } index ? new RangeBound(owner, member, index, comparison, value) : null;
    }
}
