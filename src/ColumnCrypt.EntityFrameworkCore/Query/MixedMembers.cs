using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Format;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// The properties of a query in whose columns plaintext and the text form of values may stand: rows that are moved are found by the blind index, the
/// others by what the column holds. An index value beside plaintext counts for nothing: whoever wrote the plaintext may know of no index. For one query;
/// not thread-safe.
/// </summary>
/// <param name="members">The encrypted members of the model.</param>
/// <param name="columns">The columns; none for a query that finds no plaintext.</param>
internal sealed class MixedMembers(EncryptedMembers members, IReadOnlyList<AdoptedColumn> columns)
{
    private static readonly MethodInfo s_stored = typeof(StoredText).GetMethod(nameof(StoredText.Of))!;
    private static readonly MethodInfo s_substring = typeof(string).GetMethod(nameof(string.Substring), [typeof(int), typeof(int)])!;

    /// <summary>True where an expression reads such a property.</summary>
    /// <exception cref="EncryptedQueryException">It may read one, or another.</exception>
    public bool Reads(Expression expression)
    {
        if (columns.Count == 0 || members.OwnerOf(expression) is not { } owner)
        {
            return false;
        }

        int meant = Count(EncryptedMembers.Unconverted(owner).Type, EncryptedMembers.NameOf(expression));
        return meant > 0 && (members.CountOf(expression) == meant
            ? true
            : throw new EncryptedQueryException(
                $"The query reads {IndexLookup.Named(expression)} of types of which not all are being adopted in place. Ask each type by itself until the adoption is over."));
    }

    /// <summary>Objects where one of several properties of what an expression gives is such a property.</summary>
    /// <exception cref="EncryptedQueryException">One is.</exception>
    public void DemandNone(Expression owner, IEnumerable<string> names)
    {
        foreach (string name in names.Where(name => Count(EncryptedMembers.Unconverted(owner).Type, name) > 0))
        {
            throw Refusal($"{owner.Type.Name}.{name}");
        }
    }

    /// <summary>A condition on such a property: what the index says of rows that are moved, and what the column says of the others.</summary>
    /// <param name="member">The property.</param>
    /// <param name="indexed">The condition on the index.</param>
    /// <param name="plain">The condition on the plaintext.</param>
    public static Expression Either(Expression member, Expression indexed, Func<Expression, Expression> plain)
    {
        var stored = Expression.Call(s_stored, member);
        var isMoved = Expression.Equal(Expression.Call(stored, s_substring, Expression.Constant(0), Expression.Constant(TextForm.Prefix.Length)), Expression.Constant(TextForm.Prefix));
        return Expression.OrElse(Expression.AndAlso(isMoved, indexed), Expression.AndAlso(Expression.Not(isMoved), plain(stored)));
    }

    /// <summary>Why such a property cannot be asked so.</summary>
    public static EncryptedQueryException Refusal(string property) => new(
        $"The query asks a blind index of {property} in a way that rows which still hold plaintext cannot answer: the column is being adopted in place. Compare it with a value, or with a list of values, in variables; "
        + "or ask once the column is encrypted: columncrypt adopt");

    private int Count(Type type, string name) => columns.Count(column =>
        column.Property.Name == name && (column.Property.DeclaringType.ClrType.IsAssignableFrom(type) || type.IsAssignableFrom(column.Property.DeclaringType.ClrType)));
}
