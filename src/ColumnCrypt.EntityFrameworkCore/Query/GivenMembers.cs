using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Changes the members that a query gives as they are: alone, in an object that it makes, or in a list within one, also where what it gives is filtered or
/// ordered behind. What the database looks at stays: conditions, what is counted or compared with other rows, and the one value of a subquery. For one
/// query; not thread-safe.
/// </summary>
/// <param name="change">What a member becomes, converted or not; null for what stays.</param>
internal sealed class GivenMembers(Func<Expression, Expression?> change)
{
    // The name of what a query gives by itself.
    private const string Alone = "";

    private static readonly HashSet<string> s_whole =
    [
        nameof(Queryable.Take), nameof(Queryable.Skip), nameof(Queryable.Reverse), nameof(Queryable.AsQueryable), nameof(Queryable.Where), nameof(Queryable.OrderBy),
        nameof(Queryable.OrderByDescending), nameof(Queryable.ThenBy), nameof(Queryable.ThenByDescending), nameof(Enumerable.ToList), nameof(Enumerable.ToArray),
        nameof(Enumerable.AsEnumerable), nameof(Enumerable.ToHashSet),
    ];

    private static readonly HashSet<string> s_one =
    [
        nameof(Queryable.First), nameof(Queryable.FirstOrDefault), nameof(Queryable.Single), nameof(Queryable.SingleOrDefault), nameof(Queryable.Last),
        nameof(Queryable.LastOrDefault), nameof(Queryable.ElementAt), nameof(Queryable.ElementAtOrDefault),
    ];

    public Expression Rewrite(Expression query) => Rewrite(query, [], isPart: false);

    private Expression Rewrite(Expression query, HashSet<string> asked, bool isPart)
    {
        if (query is not MethodCallExpression { Arguments: [var source, ..] } call)
        {
            return query;
        }

        if (IsPassing(call.Method, isPart))
        {
            foreach (var lambda in call.Arguments.Skip(1).Select(Lambdas.Of).OfType<LambdaExpression>())
            {
                new Asked(asked, lambda.Parameters).Visit(lambda.Body);
            }

            return With(call, 0, Rewrite(source, asked, isPart));
        }

        int last = call.Arguments.Count - 1;
        if (!FinalProjection.IsProjecting(call) || Lambdas.Of(call.Arguments[last]) is not { } selector)
        {
            return query;
        }

        var shaped = Expression.Lambda(selector.Type, Shape(selector.Body, asked, Alone), selector.Parameters);
        call = With(call, last, call.Arguments[last] is UnaryExpression ? Expression.Quote(shaped) : shaped);
        if (call.Method.Name != nameof(Queryable.Select))
        {
            return call;
        }

        // What is asked of what this one makes is asked of what it is made of.
        HashSet<string> below = [.. asked];
        if (asked.Count > 0)
        {
            new Asked(below, selector.Parameters).Visit(selector.Body);
        }

        return With(call, 0, Rewrite(source, below, isPart));
    }

    private static bool IsPassing(MethodInfo method, bool isPart) =>
        (FinalProjection.IsLinq(method) && (s_whole.Contains(method.Name) || (!isPart && s_one.Contains(method.Name))))
        || (method.DeclaringType == typeof(EntityFrameworkQueryableExtensions) && (method.Name.StartsWith("As", StringComparison.Ordinal) || method.Name.StartsWith("Tag", StringComparison.Ordinal)));

    private Expression Shape(Expression body, HashSet<string> asked, string name) => body switch
    {
        _ when !asked.Contains(name) && change(body) is { } changed => changed,
        NewExpression { Members: { } members } created => created.Update(created.Arguments.Select((argument, i) => Shape(argument, asked, members[i].Name))),
        NewExpression created => created.Update(created.Arguments.Select(argument => Shape(argument, asked, Alone))),
        MemberInitExpression init => init.Update(
            (NewExpression)Shape(init.NewExpression, asked, name),
            init.Bindings.Select(b => b is MemberAssignment assignment ? assignment.Update(Shape(assignment.Expression, asked, b.Member.Name)) : b)),
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert => convert.Update(Shape(convert.Operand, asked, name)),
        NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array => array.Update(array.Expressions.Select(element => Shape(element, asked, name))),
        MethodCallExpression call when FinalProjection.IsLinq(call.Method) => Rewrite(call, [], isPart: true),
        _ => body,
    };

    private static MethodCallExpression With(MethodCallExpression call, int index, Expression argument)
    {
        var arguments = call.Arguments.ToArray();
        arguments[index] = argument;
        return call.Update(call.Object, arguments);
    }

    /// <summary>Notes what is asked of the rows of a condition: the names of members, or rows that are values themselves.</summary>
    private sealed class Asked(HashSet<string> names, IReadOnlyCollection<ParameterExpression> rows) : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node)
        {
            names.Add(node.Member.Name);
            return node.Expression is ParameterExpression ? node : base.VisitMember(node);
        }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            if (rows.Contains(node))
            {
                names.Add(Alone);
            }

            return node;
        }
    }
}
