using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Finds, among conditions that are joined by &amp;&amp;, those that ask a composite index: an equality for each of its properties, of one
/// and the same row. Where each of them has an exact index of its own those answer, for they know null too. Stateless but for the model;
/// thread-safe.
/// </summary>
internal sealed class CompositeLookup(EncryptedMembers members)
{
    /// <summary>A composite index with what it is asked for.</summary>
    /// <param name="Owner">What the properties are read of.</param>
    /// <param name="Index">The index.</param>
    /// <param name="Values">The values of its properties in order, each with the type of the property.</param>
    /// <param name="Others">The conditions that are left.</param>
    /// <param name="IsChecked">True where all of the conditions are checked again after decryption.</param>
    public sealed record Match(Expression Owner, CompositeMember Index, IReadOnlyList<(Expression Value, Type Type)> Values, IReadOnlyList<Expression> Others, bool IsChecked);

    /// <summary>The first composite index that a conjunction asks; null where there is none.</summary>
    public Match? Find(BinaryExpression conjunction)
    {
        var conditions = Conjuncts(conjunction).Select(condition => (Condition: condition, Equality: EqualityOf(condition))).ToList();
        foreach (var first in conditions.Select(static c => c.Equality).OfType<Equality>())
        {
            var ofRow = conditions.Where(c => c.Equality is { } equality && ExpressionEqualityComparer.Instance.Equals(equality.Owner, first.Owner)).ToList();
            foreach (var index in members.CompositesOf(first.Owner))
            {
                var parts = index.Parts.Select(part => ofRow.FirstOrDefault(c => c.Equality!.Name == part)).ToList();
                if (parts.TrueForAll(static part => part.Equality is not null) && parts.Exists(part => !members.IndexesOf(part.Equality!.Member).Any(static i => i.IsExact)))
                {
                    return new Match(
                        first.Owner,
                        index,
                        [.. parts.Select(static part => (part.Equality!.Value, part.Equality.Member.Type))],
                        [.. conditions.Where(c => !parts.Contains(c)).Select(static c => c.Condition)],
                        parts.TrueForAll(static part => IsCandidate(part.Condition)));
                }
            }
        }

        return null;
    }

    /// <summary>The conditions that a conjunction joins.</summary>
    public static IEnumerable<Expression> Conjuncts(Expression condition) =>
        condition is BinaryExpression { NodeType: ExpressionType.AndAlso } both ? Conjuncts(both.Left).Concat(Conjuncts(both.Right)) : [condition];

    /// <summary>True for a condition that is checked again after decryption.</summary>
    public static bool IsCandidate(Expression condition) =>
        condition is MethodCallExpression { Method.Name: nameof(OnClient.Candidate) } call && call.Method.DeclaringType == typeof(OnClient);

    private Equality? EqualityOf(Expression condition) => condition switch
    {
        MethodCallExpression call when IsCandidate(condition) => EqualityOf(call.Arguments[0]),
        BinaryExpression { NodeType: ExpressionType.Equal } equal => EqualityOf(equal.Left, equal.Right),
        MethodCallExpression call when IndexLookup.SidesOf(call) is var (left, right) => EqualityOf(left, right),
        _ => null,
    };

    private Equality? EqualityOf(Expression left, Expression right) => Of(IndexLookup.Stripped(left), right) ?? Of(IndexLookup.Stripped(right), left);

    private Equality? Of(Expression member, Expression value) => members.OwnerOf(member) is { } owner && !IndexLookup.IsNull(value)
        ? new Equality(EncryptedMembers.Unconverted(owner), EncryptedMembers.NameOf(member), member, value)
        : null;

    private sealed record Equality(Expression Owner, string Name, Expression Member, Expression Value);
}
