using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Walks the SQL tree of one query. Ciphertext may be read as it is, tested for NULL, and set from a parameter; everything else
/// would compute on random bytes, and is refused.
/// </summary>
internal sealed class EncryptedQueryGuard : ExpressionVisitor
{
    private string _doing = "uses";

    /// <summary>The tenants whose values the query reads; null stands for the context's own.</summary>
    public HashSet<string?> Read { get; } = [];

    /// <summary>The tenants and versions of the blind indexes that the query compares.</summary>
    public HashSet<(string? Tenant, int Version)> IndexesAsked { get; } = [];

    /// <summary>The tenants and versions of the blind indexes that the query writes.</summary>
    public HashSet<(string? Tenant, int Version)> IndexesWritten { get; } = [];

    /// <summary>The parameters that the query writes into encrypted columns.</summary>
    public List<(string? Tenant, string Parameter)> Written { get; } = [];

    /// <summary>True where a table of the query has adopted columns.</summary>
    public bool ReadsAdopted { get; private set; }

    protected override Expression VisitExtension(Expression node)
    {
        switch (node)
        {
            case ShapedQueryExpression shaped:
                Visit(shaped.QueryExpression);
                Visit(shaped.ShaperExpression);
                break;
            case SelectExpression select:
                VisitSelect(select);
                break;
            case SetOperationBase operation:
                VisitSetOperation(operation);
                break;
            case UpdateExpression update:
                VisitUpdate(update);
                break;
            case InExpression { Subquery: { } subquery } contains:
                DemandSameIndex(contains.Item, subquery.Projection[0].Expression);
                VisitWhile("looks up", contains.Item);
                Refuse(subquery.Projection.Select(static p => p.Expression), "looks up");
                Visit(subquery);
                break;
            case SqlUnaryExpression { OperatorType: ExpressionType.Equal or ExpressionType.NotEqual } isNull when MarkerOf(isNull.Operand) is not null:
                VisitReadable(isNull.Operand);
                break;
            case SqlBinaryExpression { OperatorType: ExpressionType.Equal or ExpressionType.NotEqual } equal when NullTested(equal) is { } tested:
                VisitReadable(tested);
                break;
            case SqlExpression sql when MarkerOf(sql) is { } marker && sql is not SqlConstantExpression { Value: null }:
                throw Refusal(marker, _doing, sql as ColumnExpression);
            case SqlExpression sql when IndexOf(sql) is { } index:
                IndexesAsked.Add((index.Tenant, index.Version));
                VisitInside(sql);
                break;
            case SqlBinaryExpression { OperatorType: ExpressionType.Equal or ExpressionType.NotEqual } equal:
                DemandSameIndex(equal.Left, equal.Right);
                VisitInside(equal);
                break;
            case SqlExpression sql:
                VisitInside(sql);
                break;
            case ITableBasedExpression { Table: { } table } when table.EntityTypeMappings.Any(static mapping => mapping.TypeBase.GetFlattenedProperties().Any(static p => Adoption.IsPlaintext(p) || Adoption.IsInPlace(p))):
                ReadsAdopted = true;
                base.VisitExtension(node);
                break;
            case PredicateJoinExpressionBase join:
                Visit(join.Table);
                VisitWhile("joins on", join.JoinPredicate);
                break;
            default:
                base.VisitExtension(node);
                break;
        }

        return node;
    }

    private static EncryptionMarker? MarkerOf(SqlExpression sql) => EncryptingConverter.MarkerOf(sql.TypeMapping?.Converter);

    private static IndexMarker? IndexOf(SqlExpression sql) =>
        IndexConverter.MarkerOf(sql.TypeMapping?.Converter) ?? TokenConverter.MarkerOf(sql.TypeMapping?.Converter);

    private static void DemandSameIndex(SqlExpression left, SqlExpression right)
    {
        var (one, other) = (IndexOf(left), IndexOf(right));
        if (one != other && !IsNull(left) && !IsNull(right))
        {
            throw new EncryptedQueryException(
                $"The query compares the blind indexes of '{(one ?? other)!.Purpose}' and of {(one is null || other is null ? "something else" : $"'{other.Purpose}'")}, whose keys differ on purpose: "
                + "equal values have different index values there. Compare in memory, after AsEnumerable() or ToListAsync().");
        }
    }

    // Where types of a hierarchy have tables of their own, some providers give the NULL of those without the property a type.
    private static bool IsNull(SqlExpression sql) => sql is SqlConstantExpression { Value: null } or SqlUnaryExpression { OperatorType: ExpressionType.Convert, Operand: SqlConstantExpression { Value: null } };

    private static SqlExpression? NullTested(SqlBinaryExpression equal) =>
        IsNull(equal.Right) ? equal.Left : IsNull(equal.Left) ? equal.Right : null;

    private void VisitInside(SqlExpression sql)
    {
        string outer = _doing;
        _doing = sql switch
        {
            SqlFunctionExpression { Name: "COUNT" or "MIN" or "MAX" or "SUM" or "AVG" or "ef_max" or "ef_min" or "ef_sum" or "ef_avg" } => "aggregates",
            SqlFunctionExpression function => $"calls the database function {function.Name} on",
            LikeExpression => "searches in",
            RowNumberExpression => "orders or partitions by",
            InExpression => "looks up",
            SqlBinaryExpression binary when binary.OperatorType is ExpressionType.Equal or ExpressionType.NotEqual or ExpressionType.LessThan
                or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual => "compares",
            SqlBinaryExpression or SqlUnaryExpression => "computes with",
            _ => _doing,
        };
        base.VisitExtension(sql);
        _doing = outer;
    }

    private void VisitWhile(string doing, Expression? expression)
    {
        string outer = _doing;
        _doing = doing;
        Visit(expression);
        _doing = outer;
    }

    private void VisitSelect(SelectExpression select)
    {
        foreach (var table in select.Tables)
        {
            Visit(table);
        }

        VisitWhile("filters on", select.Predicate);
        VisitWhile("filters groups on", select.Having);
        VisitWhile("takes rows by", select.Limit);
        VisitWhile("skips rows by", select.Offset);
        foreach (var key in select.GroupBy)
        {
            VisitWhile("groups by", key);
        }

        foreach (var ordering in select.Orderings)
        {
            VisitWhile("orders by", ordering.Expression);
        }

        if (select.IsDistinct)
        {
            Refuse(select.Projection.Select(static p => p.Expression).Where(e => !DistinctByKey.Covers(select, e)), "removes duplicates of");
        }

        foreach (var projection in select.Projection)
        {
            VisitReadable(projection.Expression);
        }
    }

    private void VisitSetOperation(SetOperationBase operation)
    {
        Visit(operation.Source1);
        Visit(operation.Source2);
        var first = operation.Source1.Projection.Select(static p => p.Expression).ToList();
        var second = operation.Source2.Projection.Select(static p => p.Expression).ToList();
        if (operation is not UnionExpression || operation.IsDistinct)
        {
            Refuse(first.Concat(second), "compares whole rows with");
        }

        for (var i = 0; i < Math.Min(first.Count, second.Count); i++)
        {
            var (left, right) = (MarkerOf(first[i]), MarkerOf(second[i]));

            // EF reads the result as it would read the first source: a NULL without our mapping there would let ciphertext pass for text.
            if (left != right && !IsNull(second[i]))
            {
                throw Refusal(left ?? right!, "mixes other columns with", first[i] as ColumnExpression);
            }
        }
    }

    private void VisitUpdate(UpdateExpression update)
    {
        Visit(update.SelectExpression);
        foreach (var setter in update.ColumnValueSetters)
        {
            if (IndexOf(setter.Column) is { } index)
            {
                IndexesWritten.Add((index.Tenant, index.Version));
                continue;
            }

            if (MarkerOf(setter.Column) is not { } target)
            {
                VisitWhile("copies to another column", setter.Value);
                continue;
            }

            switch (setter.Value)
            {
                case ColumnExpression same when same.Name == setter.Column.Name && same.TableAlias == setter.Column.TableAlias:
                    break;
                case SqlConstantExpression { Value: null }:
                    DemandIndexesOf(setter.Column, update);

                    // Nothing is encrypted; whether the column may be written is asked as of one that is read.
                    Read.Add(target.Tenant);
                    break;
                case SqlParameterExpression parameter when MarkerOf(parameter) == target:
                    DemandIndexesOf(setter.Column, update);
                    Written.Add((target.Tenant, parameter.Name));
                    break;
                default:
                    throw Refusal(target, "sets, from something the database computes,", setter.Column);
            }
        }
    }

    /// <summary>Refuses an update that would leave a blind index behind.</summary>
    private static void DemandIndexesOf(ColumnExpression column, UpdateExpression update)
    {
        var properties = update.Table.Table.FindColumn(column.Name)?.PropertyMappings.Select(static m => m.Property).ToList() ?? [];
        if (properties.Exists(static property => TokenTable.Of(property).Any()))
        {
            throw new EncryptedQueryException(
                $"The query sets '{MarkerOf(column)!.Purpose}', whose text index holds tokens in a table of its own, which ExecuteUpdate cannot fill. "
                + "Load the rows, set the property in memory, and call SaveChanges.");
        }

        foreach (var index in properties.SelectMany(static p => BlindIndexes.Of(p).Union(BlindIndexes.CompositesWith(p))).Cast<IProperty>())
        {
            var columns = index.GetMappedStoreObjects(StoreObjectType.Table).Select(table => index.GetColumnName(table)).ToList();
            if (!update.ColumnValueSetters.Any(s => columns.Contains(s.Column.Name)))
            {
                throw new EncryptedQueryException(
                    $"The query sets '{MarkerOf(column)!.Purpose}' and cannot tell which blind index to set with it. Name the property through the class that declares it.");
            }
        }
    }

    /// <summary>What may be read: a column as it is, chosen among others of its kind.</summary>
    private void VisitReadable(SqlExpression sql)
    {
        if (MarkerOf(sql) is not { } marker)
        {
            if (sql is not ColumnExpression)
            {
                VisitWhile("computes with", sql);
            }

            return;
        }

        switch (sql)
        {
            case ColumnExpression:
                Read.Add(marker.Tenant);
                break;
            case var nothing when IsNull(nothing):
                break;
            case ScalarSubqueryExpression scalar:
                Visit(scalar.Subquery);
                break;
            case CaseExpression choice:
                VisitWhile("compares", choice.Operand);
                foreach (var when in choice.WhenClauses)
                {
                    VisitWhile("compares", when.Test);
                    VisitSame(marker, when.Result);
                }

                VisitSame(marker, choice.ElseResult);
                break;
            case SqlFunctionExpression { Name: "COALESCE", Arguments: { } arguments }:
                foreach (var argument in arguments)
                {
                    VisitSame(marker, argument);
                }

                break;
            default:
                VisitInside(sql);
                throw Refusal(marker, "computes with", null);
        }
    }

    private void VisitSame(EncryptionMarker marker, SqlExpression? sql)
    {
        if (sql is not null && !IsNull(sql))
        {
            if (MarkerOf(sql) != marker)
            {
                throw Refusal(marker, "mixes other values with", null);
            }

            VisitReadable(sql);
        }
    }

    private static void Refuse(IEnumerable<SqlExpression> expressions, string doing)
    {
        foreach (var expression in expressions)
        {
            if (MarkerOf(expression) is { } marker && !IsNull(expression))
            {
                throw Refusal(marker, doing, expression as ColumnExpression);
            }
        }
    }

    private static EncryptedQueryException Refusal(EncryptionMarker marker, string doing, ColumnExpression? column)
    {
        string where = column?.Column is IColumnBase { Table: { } table } known ? $" (column {table.Name}.{known.Name})" : "";
        return new EncryptedQueryException(
            $"The query {doing} '{marker.Purpose}'{where}, which is encrypted: the database holds only random bytes of it. "
            + "Select by unencrypted columns and do this part in memory, after AsEnumerable() or ToListAsync(); a final Select may compute on it; comparing it with null works.");
    }
}
