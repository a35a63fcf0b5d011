using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Lets comparisons for equality look into blind indexes: the property's index column stands in the property's place, and a parameter that
/// holds an index value in the value's. What it cannot rewrite stays as it is, and is refused by <see cref="EncryptedQueryGuard"/>.
/// </summary>
internal sealed class IndexLookup(EncryptedMembers members, IClientValues values, MixedMembers mixed) : ExpressionVisitor
{
    private static readonly MethodInfo s_containsText = typeof(Enumerable).GetMethods()
        .Single(static m => m.Name == nameof(Enumerable.Contains) && m.GetParameters().Length == 2).MakeGenericMethod(typeof(string));

    private static readonly MethodInfo s_property = typeof(EF).GetMethod(nameof(EF.Property))!.MakeGenericMethod(typeof(BlindIndexValue));

    private static readonly MethodInfo s_contains = typeof(Enumerable).GetMethods()
        .Single(static m => m.Name == nameof(Enumerable.Contains) && m.GetParameters().Length == 2).MakeGenericMethod(typeof(BlindIndexValue));

    private readonly TextLookup _texts = new(members, values);
    private readonly RangeLookup _ranges = new(members);
    private bool _isChecked;

    /// <summary>The index column of a property.</summary>
    public static Expression Column(Expression owner, IndexedMember index) => Column(owner, index.Property);

    private static MethodCallExpression Column(Expression owner, string index) => Expression.Call(s_property, owner, Expression.Constant(index));

    protected override Expression VisitBinary(BinaryExpression node)
    {
        if (node.NodeType == ExpressionType.AndAlso && _ranges.Find(node) is { } range)
        {
            var among = Between(range.Bounds);
            return range.Others.Count == 0 ? among : Expression.AndAlso(among, Visit(range.Others.Aggregate(Expression.AndAlso)));
        }

        if (node.NodeType == ExpressionType.AndAlso && members.HasComposites && new CompositeLookup(members).Find(node) is { } match)
        {
            return match.Others.Select(Visit).Aggregate((Expression)Composite(match), static (all, other) => Expression.AndAlso(all, other!));
        }

        Expression? answered = node.NodeType switch
        {
            ExpressionType.Equal or ExpressionType.NotEqual when EqualInMixed(node.Left, node.Right) is { } found => node.NodeType == ExpressionType.Equal ? found : Expression.Not(found),
            ExpressionType.Equal => Same(node.Left, node.Right),
            ExpressionType.NotEqual => Equal(node.Left, node.Right) is { } equal ? Expression.NotEqual(equal.Left, equal.Right) : null,
            _ => Ordered(node),
        };
        return answered ?? base.VisitBinary(node);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        var method = node.Method;
        return method.Name switch
        {
            nameof(Equals) when SidesOf(node) is var (left, right) => Same(left, right),
            nameof(Enumerable.Contains) when node is { Object: { } source, Arguments: [var item] } => Contains(source, item),
            nameof(Enumerable.Contains) when node is { Object: null, Arguments: [var source, var item] } => Contains(Unspanned(source), item),
            nameof(Enumerable.Contains) when node is { Object: null, Arguments: [var source, var item, ConstantExpression { Value: null }] } => Contains(Unspanned(source), item),
            nameof(Enumerable.Any) when node is { Object: null, Arguments: [var source, var predicate] } => AnyEqual(source, predicate),
            nameof(string.StartsWith) when node is { Object: { } self, Arguments: [var start] } => StartsWith(self, start),
            nameof(string.StartsWith) when node is { Object: { } self, Arguments: [var start, ConstantExpression { Value: StringComparison.Ordinal }] } => StartsWith(self, start),
            nameof(Queryable.Join) or nameof(Queryable.GroupJoin) or nameof(Queryable.LeftJoin) or nameof(Queryable.RightJoin) when node.Arguments.Count == 5 => Join(node),
            nameof(OnClient.Candidate) when method.DeclaringType == typeof(OnClient) => Candidate(node),
            _ when method.GetCustomAttribute<IndexFunctionAttribute>() is { } function => Function(node, function),
            _ => null,
        } ?? base.VisitMethodCall(node);
    }

    private BinaryExpression Composite(CompositeLookup.Match match)
    {
        mixed.DemandNone(match.Owner, match.Index.Parts);
        if (!match.Index.IsExact && !match.IsChecked)
        {
            throw new EncryptedQueryException(
                $"The query compares {string.Join(" and ", match.Index.Parts)} of {match.Owner.Type.Name}, whose blind index {match.Index.Purpose} is cut off or of normal forms, so that it "
                + "finds other rows too, where they cannot be sorted out after decryption. Compare in a Where of the rows themselves, before any Skip, Take or Distinct, joined by &&.");
        }

        var value = values.ToFindComposite(match.Values, match.Index.Purpose)
            ?? throw new EncryptedQueryException($"The blind index {match.Index.Purpose} is asked for a value that the database would have to compute, or in a query filter. Pass values in variables.");
        return Expression.Equal(Column(Visit(match.Owner), match.Index.Property), value);
    }

    private Expression Candidate(MethodCallExpression node)
    {
        _isChecked = true;
        var candidates = Visit(node.Arguments[0]);
        _isChecked = false;
        return candidates;
    }

    private BinaryExpression? Equal(Expression left, Expression right)
    {
        if (IsNull(left) || IsNull(right))
        {
            return null;
        }

        var (one, other) = (Stripped(left), Stripped(right));
        return (ExactIndexOf(one, right), ExactIndexOf(other, left)) switch
        {
            ({ } l, { } r) => Expression.Equal(ColumnOf(one, l), ColumnOf(other, r)),
            ({ } l, null) when ValueOrColumn(right, one.Type) is { } value => Expression.Equal(ColumnOf(one, l), value),
            (null, { } r) when ValueOrColumn(left, other.Type) is { } value => Expression.Equal(value, ColumnOf(other, r)),
            _ => null,
        };
    }

    /// <summary>A comparison of a property in whose column plaintext may stand with a value; null for any other.</summary>
    private Expression? EqualInMixed(Expression left, Expression right)
    {
        if (IsNull(left) || IsNull(right))
        {
            return null;
        }

        var (one, other) = (Stripped(left), Stripped(right));
        return mixed.Reads(one) ? InMixed(one, other) : mixed.Reads(other) ? InMixed(other, one) : null;

        // Without an index it is refused in every state.
        Expression? InMixed(Expression member, Expression value) => ExactIndexOf(member, value) is not { } index ? null
            : value.Type == typeof(string) && values.ToFind(value, member.Type) is { } asked
                ? MixedMembers.Either(Visit(member), Expression.Equal(Column(Visit(members.OwnerOf(member)!), index), asked), stored => Expression.Equal(stored, value))
                : throw MixedMembers.Refusal(Named(member));
    }

    /// <summary>A comparison of such a property with a list of values.</summary>
    private Expression? ContainsInMixed(Expression source, Expression member)
    {
        if (ExactIndexOf(member, source) is not { } index)
        {
            return null;
        }

        var among = source is NewArrayExpression { NodeType: ExpressionType.NewArrayInit } list
            ? list.Expressions.All(e => IsNull(e) || values.ToFind(e, member.Type) is not null) ? Listed(list, member.Type) : null
            : values.ToFindAny(source, member.Type);
        return among is not null && source.Type.IsAssignableTo(typeof(IEnumerable<string>))
            ? MixedMembers.Either(
                Visit(member), ContainsCall(among, Column(Visit(members.OwnerOf(member)!), index)), stored => Expression.Call(s_containsText, source, stored))
            : throw MixedMembers.Refusal(Named(member));
    }

    /// <summary>A comparison for equality; a range index may answer it where the rows are checked, and nothing that is not equal.</summary>
    private Expression? Same(Expression left, Expression right) =>
        EqualInMixed(left, right) ?? (Expression?)Equal(left, right) ?? (_isChecked && _ranges.EqualityOf(left, right) is { } bound ? Between([bound]) : null);

    private Expression? Ordered(BinaryExpression node)
    {
        if (_ranges.BoundOf(node) is not { } bound)
        {
            return null;
        }

        return _isChecked
            ? Between([bound])
            : throw new EncryptedQueryException(
                $"The query compares {Named(bound.Member)} for order, whose range index finds whole buckets, where other rows cannot be sorted out after decryption. "
                + "Compare in a Where of the rows themselves, before any Skip, Take or Distinct, joined to other conditions by &&, with a value in a variable; or ask for whole buckets with "
                + "EF.Functions.InRange(property, from, to), and compare exactly in memory, after AsEnumerable() or ToListAsync().");
    }

    private MethodCallExpression Between(IReadOnlyList<RangeBound> bounds) => ContainsCall(
        values.ToFindRange(bounds, Named(bounds[0].Member))
            ?? throw new EncryptedQueryException($"{Named(bounds[0].Member)} is compared for order with a value that the database would have to compute. Pass it in a variable."),
        ColumnOf(bounds[0].Member, bounds[0].Index));

    private Expression? Contains(Expression source, Expression item)
    {
        var member = Stripped(item);
        if (ElementOf(source) == typeof(object) && members.IndexesOf(member).Count > 0)
        {
            throw new EncryptedQueryException(
                $"The query looks {Named(member)} up in a list of object, where boxed values are equal only if their types are. Pass a list of the property's type, or compare in memory, after AsEnumerable() or ToListAsync().");
        }

        if (mixed.Reads(member))
        {
            return ContainsInMixed(source, member);
        }

        if (members.OwnerOf(member) is not null)
        {
            // Looked at first: that the member's index cannot answer is an error only where the database would have to.
            var among = source is NewArrayExpression { NodeType: ExpressionType.NewArrayInit } list && list.Expressions.Any(e => members.OwnerOf(Stripped(e)) is not null)
                ? Listed(list, member.Type)
                : Indexed(source) ?? values.ToFindAny(source, member.Type) ?? (source is NewArrayExpression listed ? Listed(listed, member.Type) : null);
            return among is not null && ExactIndexOf(member, source) is { } index ? ContainsCall(among, ColumnOf(member, index)) : null;
        }

        return Indexed(source) is { } column && ValueOrColumn(item, ElementOf(source)!) is { } value ? ContainsCall(column, value) : null;
    }

    private NewArrayExpression? Listed(NewArrayExpression list, Type type)
    {
        var elements = list.Expressions.Select(e => IsNull(e) ? Expression.Constant(null, typeof(BlindIndexValue)) : ValueOrColumn(e, type)).ToList();
        return elements.TrueForAll(static e => e is not null) ? Expression.NewArrayInit(typeof(BlindIndexValue), elements!) : null;
    }

    /// <summary>Any(x => x == member) over values of the application.</summary>
    private Expression? AnyEqual(Expression source, Expression predicate)
    {
        if (Lambdas.Of(predicate) is not { Parameters: [var element], Body: BinaryExpression { NodeType: ExpressionType.Equal } body })
        {
            return null;
        }

        var member = Stripped(body.Left) == element ? Stripped(body.Right) : Stripped(body.Right) == element ? Stripped(body.Left) : null;
        return member is not null && mixed.Reads(member) ? ContainsInMixed(source, member)
            : member is not null && members.OwnerOf(member) is not null
            && values.ToFindAny(source, member.Type) is { } list && ExactIndexOf(member, source) is { } index
                ? ContainsCall(list, ColumnOf(member, index))
                : null;
    }

    /// <summary>A query whose rows are values of an indexed property, as one of index values; null for any other.</summary>
    private Expression? Indexed(Expression source)
    {
        if (source is not MethodCallExpression { Object: null, Arguments: [var rows, ..] } call || (call.Method.DeclaringType != typeof(Queryable) && call.Method.DeclaringType != typeof(Enumerable)))
        {
            return null;
        }

        switch (call.Method.Name)
        {
            case nameof(Queryable.Select) when call.Arguments.Count == 2 && Lambdas.Of(call.Arguments[1]) is { Parameters.Count: 1 } selector:
                var member = Stripped(selector.Body);
                return members.OwnerOf(member) is not null && ExactIndexOf(member, null) is { } index
                    ? Call(call, [selector.Parameters[0].Type, typeof(BlindIndexValue)], Visit(rows), Requoted(call.Arguments[1], Expression.Lambda(ColumnOf(member, index), selector.Parameters)))
                    : null;
            case nameof(Queryable.Distinct) or nameof(Queryable.AsQueryable) or nameof(Enumerable.ToList) or nameof(Enumerable.ToArray) when call.Arguments.Count == 1:
                return Indexed(rows) is { } indexed ? Call(call, [typeof(BlindIndexValue)], indexed) : null;
            case nameof(Queryable.Concat) or nameof(Queryable.Union) or nameof(Queryable.Intersect) or nameof(Queryable.Except) when call.Arguments.Count == 2:
                return Indexed(rows) is { } first && Indexed(call.Arguments[1]) is { } second ? Call(call, [typeof(BlindIndexValue)], first, second) : null;
            default:
                return null;
        }
    }

    private MethodCallExpression? Join(MethodCallExpression node)
    {
        if (Lambdas.Of(node.Arguments[2]) is not { } outer || Lambdas.Of(node.Arguments[3]) is not { } inner)
        {
            return null;
        }

        var (left, right) = (Stripped(outer.Body), Stripped(inner.Body));
        if (members.OwnerOf(left) is null || members.OwnerOf(right) is null || ExactIndexOf(left, right) is not { } leftIndex || ExactIndexOf(right, left) is not { } rightIndex)
        {
            return null;
        }

        var types = node.Method.GetGenericArguments();
        types[2] = typeof(BlindIndexValue);
        return Expression.Call(
            node.Method.GetGenericMethodDefinition().MakeGenericMethod(types),
            Visit(node.Arguments[0]),
            Visit(node.Arguments[1]),
            Requoted(node.Arguments[2], Expression.Lambda(ColumnOf(left, leftIndex), outer.Parameters)),
            Requoted(node.Arguments[3], Expression.Lambda(ColumnOf(right, rightIndex), inner.Parameters)),
            Visit(node.Arguments[4]));
    }

    private Expression? StartsWith(Expression self, Expression start) =>
        Stripped(self) is var member && members.OwnerOf(member) is { } owner && !mixed.Reads(member) ? _texts.StartsWith(member, start, Visit(owner), _isChecked) : null;

    private Expression Function(MethodCallExpression node, IndexFunctionAttribute function)
    {
        string name = node.Method.Name;
        var member = Stripped(node.Arguments[1]);
        if (mixed.Reads(member))
        {
            throw MixedMembers.Refusal(Named(member));
        }

        if (members.OwnerOf(member) is { } owner && AmongTokens(function.Kind, member, node.Arguments[2], owner) is { } found)
        {
            return found;
        }

        var index = members.IndexesOf(member).FirstOrDefault(i => i.Kind == function.Kind || (function.Kind.EndsWith(':') && i.Kind.StartsWith(function.Kind, StringComparison.Ordinal)))
            ?? throw new EncryptedQueryException($"EF.Functions.{name} is asked of {Named(member)}, which has no such blind index. Declare one: {function.Declaration}.");
        var value = (node.Arguments is [_, _, var from, var to] ? values.ToFindBetween(from, to, index.Kind, Named(member)) : values.ToFind(node.Arguments[2], member.Type, function.Kind))
            ?? throw new EncryptedQueryException($"EF.Functions.{name} is asked of {Named(member)} with a value that the database would have to compute. Pass it in a variable.");
        return value.Type == typeof(BlindIndexValue) ? Expression.Equal(ColumnOf(member, index), value) : ContainsCall(value, ColumnOf(member, index));
    }

    private Expression? AmongTokens(string kind, Expression member, Expression value, Expression owner) => kind switch
    {
        "word" => _texts.MatchesWords(member, value, Visit(owner)),
        "prefix:" when !members.IndexesOf(member).Any(static i => i.Kind.StartsWith("prefix:", StringComparison.Ordinal)) => _texts.HasPrefix(member, value, Visit(owner)),
        _ => null,
    };

    /// <summary>The index that says exactly whether a property equals something; null where the expression reads none.</summary>
    /// <exception cref="EncryptedQueryException">There is an index, and it finds other rows too.</exception>
    private IndexedMember? ExactIndexOf(Expression member, Expression? with)
    {
        // The first alone: a later one that is exact may still lack rows.
        var index = members.IndexesOf(member).FirstOrDefault(static i => i.Kind == IndexOptions.Whole);
        if (index is null or { IsExact: true } || _isChecked)
        {
            return index;
        }

        return with is null || !IsNull(with)
            ? throw new EncryptedQueryException(
                $"The query compares {Named(member)}, whose blind index is cut off or of a normal form, so that it finds other rows too, where they cannot be sorted out after decryption. "
                + "Compare in a Where of the rows themselves, before any Skip, Take or Distinct, joined to other conditions by &&; or ask for all that it finds with "
                + "EF.Functions.IndexMatches(property, value), and compare exactly in memory, after AsEnumerable() or ToListAsync().")
            : null;
    }

    /// <summary>What an indexed property is compared with, as an index value: a value of the application, or a choice among such and columns.</summary>
    private Expression? ValueOrColumn(Expression expression, Type type)
    {
        if (values.ToFind(expression, type) is { } value)
        {
            return value;
        }

        var member = Stripped(expression);
        if (members.OwnerOf(member) is not null)
        {
            return ExactIndexOf(member, null) is { } index ? ColumnOf(member, index) : null;
        }

        return member is ConditionalExpression choice && ValueOrColumn(choice.IfTrue, type) is { } whenTrue && ValueOrColumn(choice.IfFalse, type) is { } whenFalse
            ? Expression.Condition(Visit(choice.Test), whenTrue, whenFalse)
            : null;
    }

    private MethodCallExpression ColumnOf(Expression member, IndexedMember index) =>
        mixed.Reads(member) ? throw MixedMembers.Refusal(Named(member)) : (MethodCallExpression)Column(Visit(members.OwnerOf(member)!), index);

    /// <summary>A property as messages name it.</summary>
    public static string Named(Expression member) => member is MemberExpression { Member: var m } ? $"{m.DeclaringType?.Name}.{m.Name}" : "a property";

    private static MethodCallExpression ContainsCall(Expression source, Expression item) =>
        source.Type.IsAssignableTo(typeof(IQueryable<BlindIndexValue>))
            ? Expression.Call(typeof(Queryable), nameof(Queryable.Contains), [typeof(BlindIndexValue)], source, item)
            : Expression.Call(s_contains, source, item);

    private static MethodCallExpression Call(MethodCallExpression call, Type[] types, params Expression[] arguments) =>
        Expression.Call(call.Method.GetGenericMethodDefinition().MakeGenericMethod(types), arguments);

    private static Type? ElementOf(Expression source) => Unspanned(source).Type.GetInterfaces().Append(Unspanned(source).Type)
        .FirstOrDefault(static t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    /// <summary>
    /// What a call of Equals compares as == would; null for any other call. Boxed values are equal only where their types are, which == does not ask.
    /// </summary>
    public static (Expression Left, Expression Right)? SidesOf(MethodCallExpression call)
    {
        if (call.Method.Name != nameof(Equals))
        {
            return null;
        }

        IReadOnlyList<Expression> operands = call.Object is { } self ? [self, .. call.Arguments] : call.Arguments;
        bool isComparison = operands.Count == 2 || (operands.Count == 3 && operands[2] is ConstantExpression { Value: StringComparison.Ordinal });
        return isComparison
            && (call.Method.GetParameters()[0].ParameterType != typeof(object) || IsNull(operands[0]) || IsNull(operands[1]) || Unboxed(operands[0]) == Unboxed(operands[1]))
                ? (operands[0], operands[1])
                : null;
    }

    /// <summary>True for null as a constant.</summary>
    public static bool IsNull(Expression expression) => EncryptedMembers.Unconverted(expression) is ConstantExpression { Value: null };

    // C# 14 has arrays' Contains take a span.
    public static Expression Unspanned(Expression source) =>
        source is MethodCallExpression { Method.Name: "op_Implicit", Arguments: [var array] } ? array
        : source is UnaryExpression { Method.Name: "op_Implicit", Operand: var operand } ? operand
        : source;

    /// <summary>Without the conversions that keep what is equal equal: to and from Nullable, to object, of an enum to its number, and of whole numbers to wider ones that hold them all.</summary>
    public static Expression Stripped(Expression expression) =>
        expression is MemberExpression { Member.Name: nameof(Nullable<>.Value), Expression: { } nullable } && Nullable.GetUnderlyingType(nullable.Type) is not null ? Stripped(nullable)
        : expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Method: null, Operand: var operand } && Keeps(Plain(operand.Type), Plain(expression.Type))
            ? Stripped(operand)
        : expression;

    private static Type? Unboxed(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert, Operand: var operand } && expression.Type == typeof(object) ? Unboxed(operand)
        : expression.Type == typeof(object) ? null
        : Plain(expression.Type);

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool Keeps(Type from, Type to)
    {
        from = from.IsEnum ? from.GetEnumUnderlyingType() : from;
        return to.IsAssignableFrom(from) || (IsWhole(from) && IsWhole(to) && SizeOf(to) > SizeOf(from) && (IsSigned(to) || !IsSigned(from)));
    }

    private static bool IsWhole(Type type) => Type.GetTypeCode(type) is >= TypeCode.Char and <= TypeCode.UInt64;

    // A negative number as an unsigned one is another number.
    private static bool IsSigned(Type type) => Type.GetTypeCode(type) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;

    private static int SizeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => 1,
        TypeCode.Char or TypeCode.Int16 or TypeCode.UInt16 => 2,
        TypeCode.Int32 or TypeCode.UInt32 => 4,
        _ => 8,
    };

    private static Expression Requoted(Expression original, LambdaExpression lambda) => original is UnaryExpression ? Expression.Quote(lambda) : lambda;
}
