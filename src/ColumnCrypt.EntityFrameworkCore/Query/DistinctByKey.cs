using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Decides whether DISTINCT is right although a column is encrypted: it is where the key of the column's own table is selected
/// too, because rows that are equal in it are one row, with one ciphertext.
/// </summary>
internal static class DistinctByKey
{
    public static bool Covers(SelectExpression select, SqlExpression projected)
    {
        if (projected is not ColumnExpression column)
        {
            return false;
        }

        var table = select.Tables
            .Select(static t => t is JoinExpressionBase join ? join.Table : t)
            .OfType<TableExpression>()
            .FirstOrDefault(t => t.Alias == column.TableAlias);
        return table?.Table is ITable { PrimaryKey: { } key }
            && key.Columns.All(k => select.Projection.Any(p => p.Expression is ColumnExpression c && c.TableAlias == column.TableAlias && c.Name == k.Name));
    }
}
