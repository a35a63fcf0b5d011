using System.Linq.Expressions;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Lambdas as LINQ passes them: plain to Enumerable, quoted to Queryable.</summary>
internal static class Lambdas
{
    /// <summary>The lambda that an argument is; null for any other.</summary>
    public static LambdaExpression? Of(Expression expression) => expression switch
    {
        LambdaExpression lambda => lambda,
        UnaryExpression { NodeType: ExpressionType.Quote, Operand: LambdaExpression lambda } => lambda,
        _ => null,
    };
}
