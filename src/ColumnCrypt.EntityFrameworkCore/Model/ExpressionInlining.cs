using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Puts one lambda into another.</summary>
internal static class ExpressionInlining
{
    /// <summary>The body of a lambda of one parameter, with an argument in the parameter's place.</summary>
    public static Expression Inline(LambdaExpression lambda, Expression argument) => ReplacingExpressionVisitor.Replace(
        lambda.Parameters[0],
        argument.Type == lambda.Parameters[0].Type ? argument : Expression.Convert(argument, lambda.Parameters[0].Type),
        lambda.Body);
}
