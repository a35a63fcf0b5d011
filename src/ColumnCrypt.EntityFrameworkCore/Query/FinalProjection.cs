using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Moves what the last projection of a query computes on encrypted members to the client: EF would have the database compute it.
/// </summary>
internal sealed class FinalProjection(EncryptedMembers members)
{
    private static readonly HashSet<string> s_transparent =
    [
        nameof(Queryable.Take), nameof(Queryable.Skip), nameof(Queryable.First), nameof(Queryable.FirstOrDefault), nameof(Queryable.Single),
        nameof(Queryable.SingleOrDefault), nameof(Queryable.Last), nameof(Queryable.LastOrDefault), nameof(Queryable.ElementAt),
        nameof(Queryable.ElementAtOrDefault), nameof(Queryable.Reverse), nameof(Queryable.AsQueryable), nameof(Enumerable.ToList),
        nameof(Enumerable.ToArray), nameof(Enumerable.AsEnumerable), nameof(Enumerable.ToHashSet),
    ];

    private static readonly HashSet<string> s_projecting =
    [
        nameof(Queryable.Select), nameof(Queryable.SelectMany), nameof(Queryable.Join), nameof(Queryable.LeftJoin), nameof(Queryable.RightJoin),
    ];

    public Expression Rewrite(Expression query)
    {
        if (query is not MethodCallExpression { Arguments: [var source, ..] } call)
        {
            return query;
        }

        if (IsTransparent(call))
        {
            return Replace(call, 0, Rewrite(source));
        }

        int last = call.Arguments.Count - 1;
        return IsProjecting(call) && Lambdas.Of(call.Arguments[last]) is { } selector
            ? Replace(call, last, WithBody(call.Arguments[last], selector, new Computation(members, this).Shape(selector.Body)))
            : query;
    }

    /// <summary>True for an operator of LINQ.</summary>
    public static bool IsLinq(MethodInfo method) => method.DeclaringType == typeof(Queryable) || method.DeclaringType == typeof(Enumerable);

    /// <summary>True for an operator whose last argument makes what it gives.</summary>
    public static bool IsProjecting(MethodCallExpression call) => IsLinq(call.Method) && s_projecting.Contains(call.Method.Name) && call.Arguments.Count > 1
        && (call.Method.Name != nameof(Queryable.SelectMany) || call.Arguments.Count == 3);

    private static bool IsTransparent(MethodCallExpression call) =>
        (IsLinq(call.Method) && s_transparent.Contains(call.Method.Name) && !call.Arguments.Skip(1).Any(static a => Lambdas.Of(a) is not null))
        || (call.Method.DeclaringType == typeof(EntityFrameworkQueryableExtensions) && call.Method.Name.StartsWith("As", StringComparison.Ordinal))
        || (call.Method.DeclaringType == typeof(EntityFrameworkQueryableExtensions) && call.Method.Name.StartsWith("Tag", StringComparison.Ordinal));

    private static Expression WithBody(Expression original, LambdaExpression lambda, Expression body)
    {
        var changed = Expression.Lambda(lambda.Type, body, lambda.Parameters);
        return original is UnaryExpression ? Expression.Quote(changed) : changed;
    }

    private static MethodCallExpression Replace(MethodCallExpression call, int index, Expression argument)
    {
        var arguments = call.Arguments.ToArray();
        arguments[index] = argument;
        return call.Update(call.Object, arguments);
    }

    /// <summary>Marks encrypted members inside a computation. Where one stands by itself, EF reads the column anyway.</summary>
    private sealed class Computation(EncryptedMembers members, FinalProjection projection) : ExpressionVisitor
    {
        private static readonly MethodInfo s_decrypted = typeof(OnClient).GetMethod(nameof(OnClient.Decrypted))!;

        public Expression Shape(Expression body) => members.OwnerOf(body) is not null
            ? body
            : body switch
            {
                NewExpression created => created.Update(created.Arguments.Select(Shape)),
                MemberInitExpression init => init.Update(
                    (NewExpression)Shape(init.NewExpression),
                    init.Bindings.Select(b => b is MemberAssignment assignment ? assignment.Update(Shape(assignment.Expression)) : b)),
                UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert when KeepsValue(convert) => convert.Update(Shape(convert.Operand)),
                NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array when array.Type == typeof(object[]) => array.Update(array.Expressions.Select(Shape)),
                _ => Visit(body),
            };

        // Another number is computed.
        private static bool KeepsValue(UnaryExpression convert) =>
            !convert.Type.IsValueType || (Nullable.GetUnderlyingType(convert.Type) ?? convert.Type) == (Nullable.GetUnderlyingType(convert.Operand.Type) ?? convert.Operand.Type);

        protected override Expression VisitMember(MemberExpression node) => IsNullTest(node) ? node : Mark(node) ?? base.VisitMember(node);

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            // The database answers it, from the index.
            if (node.Method.IsDefined(typeof(IndexFunctionAttribute), inherit: false))
            {
                return node;
            }

            if (Mark(node) is { } marked)
            {
                return marked;
            }

            // A query inside the projection has a last projection of its own; its other parts stay with the database.
            return IsLinq(node.Method) ? projection.Rewrite(node) : base.VisitMethodCall(node);
        }

        // The database can tell, and EF cannot read a Nullable on the client to ask for its HasValue.
        private bool IsNullTest(MemberExpression node) =>
            node is { Member.Name: nameof(Nullable<>.HasValue), Expression: { } tested } && Nullable.GetUnderlyingType(tested.Type) is not null && members.OwnerOf(tested) is not null;

        private Expression? Mark(Expression node) => members.OwnerOf(node) is null
            ? null
            : Expression.Call(s_decrypted.MakeGenericMethod(node.Type), node);
    }
}
