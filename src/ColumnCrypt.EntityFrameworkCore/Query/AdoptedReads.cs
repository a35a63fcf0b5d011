using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Finds the adopted properties that an expression reads. For one expression; not thread-safe.</summary>
internal sealed class AdoptedReads(EncryptedMembers members, IReadOnlyModel model) : ExpressionVisitor
{
    private readonly HashSet<string> _names =
        [.. EncryptionAnnotations.AllProperties(model).Where(Adoption.IsAdopted).Select(static p => p.Name)];

    private string? _first;

    /// <summary>The first of them as messages name it; null where there is none.</summary>
    public string? FirstIn(Expression expression)
    {
        if (_names.Count > 0)
        {
            Visit(expression);
        }

        return _first;
    }

    public override Expression? Visit(Expression? node)
    {
        if (_first is null && node is not null && members.OwnerOf(node) is not null && _names.Contains(EncryptedMembers.NameOf(node)))
        {
            _first = IndexLookup.Named(node);
        }

        return base.Visit(node);
    }
}
