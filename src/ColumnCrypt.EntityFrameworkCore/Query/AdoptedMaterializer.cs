using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Has entities read the two columns of an adopted property, and take the value that leads.</summary>
internal sealed class AdoptedMaterializer(IStructuralTypeMaterializerSource inner) : IStructuralTypeMaterializerSource
{
    public Expression CreateMaterializeExpression(StructuralTypeMaterializerSourceParameters parameters, Expression materializationContextExpression)
    {
        var created = inner.CreateMaterializeExpression(parameters, materializationContextExpression);
        return parameters.StructuralType is IEntityType type && AdoptedColumns.Of(type.Model) is { Any: true } columns ? new Reads(columns).Visit(created) : created;
    }

    public Func<MaterializationContext, object> GetMaterializer(IEntityType entityType) => inner.GetMaterializer(entityType);

    public Func<MaterializationContext, object> GetMaterializer(IComplexType complexType) => inner.GetMaterializer(complexType);

    public Func<MaterializationContext, object> GetEmptyMaterializer(IEntityType entityType) => inner.GetEmptyMaterializer(entityType);

    public Func<MaterializationContext, object> GetEmptyMaterializer(IComplexType complexType) => inner.GetEmptyMaterializer(complexType);

    private sealed class Reads(AdoptedColumns columns) : ExpressionVisitor
    {
        private static readonly MethodInfo s_begin = typeof(AdoptedValue).GetMethod(nameof(AdoptedValue.Begin))!;
        private static readonly MethodInfo s_choose = typeof(AdoptedValue).GetMethod(nameof(AdoptedValue.Choose))!;

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (!node.Method.IsGenericMethod || node.Method.GetGenericMethodDefinition() != Microsoft.EntityFrameworkCore.Infrastructure.ExpressionExtensions.ValueBufferTryReadValueMethod
                || node.Arguments[2] is not ConstantExpression { Value: IProperty property } || columns.Find(property) is not { Plaintext: { } beside } column)
            {
                return base.VisitMethodCall(node);
            }

            // Of a property, the shaper looks the column up by itself; the index is not asked.
            var plaintext = node.Arguments[0].CreateValueBufferReadValueExpression(beside.ClrType, 0, beside);
            var ordinal = Expression.Constant(column.Ordinal);
            return Expression.Call(
                s_choose.MakeGenericMethod(node.Type),
                Expression.Call(s_begin, QueryCompilationContext.QueryContextParameter, ordinal),
                ordinal,
                node,
                Expression.Convert(plaintext, typeof(object)));
        }
    }
}
