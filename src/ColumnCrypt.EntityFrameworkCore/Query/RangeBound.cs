using System.Linq.Expressions;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>A comparison of a property that has a range index with something else.</summary>
/// <param name="Owner">What the property is read of.</param>
/// <param name="Member">The property.</param>
/// <param name="Index">The range index.</param>
/// <param name="Comparison">How the property, on the left, is compared with the value.</param>
/// <param name="Value">The other side.</param>
internal sealed record RangeBound(Expression Owner, Expression Member, IndexedMember Index, ExpressionType Comparison, Expression Value);
