using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Turns one condition on the row of a query into a check of decrypted values: the properties that it looks up become values, the query's
/// parameters are read where it runs. For one condition; not thread-safe.
/// </summary>
/// <param name="members">The encrypted members of the model.</param>
/// <param name="row">The row that the condition is about.</param>
internal sealed class CheckedLookup(EncryptedMembers members, ParameterExpression row) : ExpressionVisitor
{
    private static readonly MethodInfo s_value = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Value))!;
    private static readonly MethodInfo s_same = typeof(CheckedLookup).GetMethod(nameof(AreSame), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_among = typeof(CheckedLookup).GetMethod(nameof(IsAmong), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_slot = typeof(CheckedLookup).GetMethod(nameof(Slot), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_converted = typeof(CheckedLookup).GetMethod(nameof(IsConvertedSame), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly ParameterExpression s_values = Expression.Parameter(typeof(IReadOnlyList<object?>), "values");
    private readonly List<ParameterExpression> _inner = [];
    private List<Expression> _read = [];
    private bool _isExact = true;
    private bool _isUnfit;
    private bool _isOrdered;
    private string _purpose = "";

    /// <summary>The check of a condition; null where it is no lookup, or asks for more than the looked-up properties and values of the application.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="read">The properties that have been read so far: those of this condition are added.</param>
    public LookupCheck? Of(Expression condition, List<Expression> read)
    {
        _read = read;
        int before = read.Count;
        if (OfText(condition) is { } text)
        {
            return text;
        }

        read.RemoveRange(before, read.Count - before);
        _isOrdered = IsOrdered(condition);
        if (AskedOf(condition) is { } asked && Visit(condition) is var holds && !_isUnfit && read.Count > before)
        {
            // What is asked for holds no property, or it would not be one value for all rows.
            int all = read.Count;
            var value = Visit(asked);
            if (!_isUnfit && read.Count == all)
            {
                var given = Expression.Convert(value, typeof(object));
                return Check(_purpose, _isExact, _isOrdered ? holds : OrConverted(holds, read[before], before, given), given);
            }
        }

        read.RemoveRange(before, read.Count - before);
        return null;
    }

    // Where C# would compare references.
    protected override Expression VisitBinary(BinaryExpression node) =>
        node is { NodeType: ExpressionType.Equal, Method: null } && !node.Left.Type.IsValueType && !node.Right.Type.IsValueType
            ? Equal(Visit(node.Left), Visit(node.Right))
            : base.VisitBinary(node);

    protected override Expression VisitMember(MemberExpression node) => Read(node) ?? base.VisitMember(node);

    // Compared with a nullable value, there may be none: that of a navigation that leads nowhere.
    protected override Expression VisitUnary(UnaryExpression node) => Nullable.GetUnderlyingType(node.Type) is not null && Lifted(node.Operand) is { } value
        ? value.Type == node.Type ? value : node.Update(value)
        : base.VisitUnary(node);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (Read(node) is { } value)
        {
            return value;
        }

        // EF.Constant and its like say how SQL shows a value.
        if ((node.Method.DeclaringType == typeof(EF) || node.Method.DeclaringType == typeof(EFExtensions)) && node.Arguments is [.., var shown])
        {
            return Visit(shown);
        }

        return Listed(node) is { } contains ? Visit(contains)
            : node is { Method.Name: nameof(Enumerable.Contains), Object: null, Arguments: [var bytes, var item, ..] } && item.Type == typeof(byte[]) ? Expression.Call(s_among, Visit(bytes), Visit(item))
            : node is { Method.Name: nameof(Enumerable.Contains), Object: { } list, Arguments: [var element] } && element.Type == typeof(byte[]) ? Expression.Call(s_among, Visit(list), Visit(element))
            : node is { Object: { } self, Arguments: [var other, ..], Method.Name: nameof(Equals) } ? Equal(Visit(self), Visit(other))
            : node is { Object: null, Arguments: [var left, var right], Method.Name: nameof(Equals) } && node.Method.DeclaringType == typeof(object) ? Equal(Visit(left), Visit(right))
            : base.VisitMethodCall(node);
    }

    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        _inner.AddRange(node.Parameters);
        return base.VisitLambda(node);
    }

    protected override Expression VisitParameter(ParameterExpression node)
    {
        _isUnfit |= !_inner.Contains(node);
        return node;
    }

    protected override Expression VisitExtension(Expression node)
    {
        if (node is QueryParameterExpression parameter)
        {
            return Expression.Call(s_value.MakeGenericMethod(node.Type), QueryCompilationContext.QueryContextParameter, Expression.Constant(parameter.Name));
        }

        _isUnfit = true;
        return node;
    }

    private static LookupCheck Check(string purpose, bool isExact, Expression holds, Expression asked) => new(
        purpose,
        isExact,
        Expression.Lambda<Func<QueryContext, IReadOnlyList<object?>, bool>>(holds, QueryCompilationContext.QueryContextParameter, s_values).Compile(),
        Expression.Lambda<Func<QueryContext, object?>>(asked, QueryCompilationContext.QueryContextParameter).Compile());

    /// <summary>The check of a condition that asks a text index; null where it does not, or asks for more than values of the application.</summary>
    private LookupCheck? OfText(Expression condition)
    {
        var (self, asked, words) = condition switch
        {
            MethodCallExpression { Method.Name: nameof(string.StartsWith), Object: { } text, Arguments: [var start] } => (text, start, false),
            MethodCallExpression { Method.Name: nameof(string.StartsWith), Object: { } text, Arguments: [var start, ConstantExpression { Value: StringComparison.Ordinal }] } => (text, start, false),
            MethodCallExpression { Method.Name: nameof(ColumnCryptDbFunctionsExtensions.MatchesWords), Object: null, Arguments: [_, var text, var terms] } => (text, terms, true),
            _ => (null, null, false),
        };
        if (self is null || members.OwnerOf(self) is not { } owner || !IsOfRow(owner)
            || members.TextIndexesOf(self).FirstOrDefault(i => i.Part.Words == words) is not { Part: var part })
        {
            return null;
        }

        int before = _read.Count;
        Expression value = Expression.Convert(Visit(asked!), typeof(object));
        if (_isUnfit || _read.Count > before)
        {
            (_isUnfit, _isExact) = (false, true);
            return null;
        }

        _read.Add(self);
        var slot = Expression.Call(s_slot.MakeGenericMethod(typeof(string)), s_values, Expression.Constant(before));
        Expression holds = words
            ? Expression.Call(typeof(TokenValues), nameof(TokenValues.HasWords), null, QueryCompilationContext.QueryContextParameter, slot, value, Expression.Constant(part.Form))
            : Expression.Call(typeof(TokenValues), nameof(TokenValues.Begins), null, slot, value);

        // How far a beginning is told apart depends on its length, which only the query's run knows.
        var check = Check(IndexLookup.Named(self), words, holds, value);
        check.MayCount = !words && part.Bits == Search.IndexDefinition.FullBits;
        return check;
    }

    /// <summary>As the database has it, where a conversion of the property's own makes equal what is not: a text in lower case, a time in UTC.</summary>
    private Expression OrConverted(Expression holds, Expression member, int slot, Expression asked) => members.ConversionOf(member) is { } conversion
        ? Expression.OrElse(
            holds,
            Expression.Call(
                s_converted,
                Expression.Constant(conversion),
                Expression.Constant(Nullable.GetUnderlyingType(member.Type) ?? member.Type),
                Expression.Call(s_slot.MakeGenericMethod(typeof(object)), s_values, Expression.Constant(slot)),
                asked))
        : holds;

    private static bool IsConvertedSame(Func<object, object?> conversion, Type type, object? held, object? asked) => held is not null && asked switch
    {
        null => false,
        _ when type.IsInstanceOfType(asked) => StructuralComparisons.StructuralEqualityComparer.Equals(conversion(held), conversion(asked)),
        IEnumerable values => values.Cast<object?>().Any(value => type.IsInstanceOfType(value) && IsConvertedSame(conversion, type, held, value)),
        _ => false,
    };

    private static T Slot<T>(IReadOnlyList<object?> values, int slot) => values[slot] is T value ? value : default!;

    /// <summary>What a lookup compares a property with; null where the condition is no lookup.</summary>
    private Expression? AskedOf(Expression condition) => condition switch
    {
        BinaryExpression equal when equal.NodeType == ExpressionType.Equal || _isOrdered => IsRead(equal.Left) ? equal.Right : IsRead(equal.Right) ? equal.Left : null,
        MethodCallExpression { Method.Name: nameof(Equals), Object: { } self, Arguments: [var other, ..] } => IsRead(self) ? other : IsRead(other) ? self : null,
        MethodCallExpression { Method.Name: nameof(Equals), Object: null, Arguments: [var left, var right, ..] } => IsRead(left) ? right : IsRead(right) ? left : null,
        MethodCallExpression { Method.Name: nameof(Enumerable.Contains), Object: { } source, Arguments: [var item] } => IsRead(item) ? source : null,
        MethodCallExpression { Method.Name: nameof(Enumerable.Contains), Object: null, Arguments: [var source, var item, ..] } call =>
            IsRead(item) && call.Arguments.Skip(2).All(static comparer => comparer is ConstantExpression { Value: null }) ? IndexLookup.Unspanned(source) : null,
        MethodCallExpression { Method.Name: nameof(Enumerable.Any), Object: null, Arguments: [var source, LambdaExpression] } => source,
        _ => null,
    };

    private static bool IsOrdered(Expression condition) =>
        condition.NodeType is ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual;

    private bool IsRead(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Operand: var operand } ? IsRead(operand)
        : expression is MemberExpression { Member.Name: nameof(Nullable<>.Value), Expression: { } nullable } && Nullable.GetUnderlyingType(nullable.Type) is not null ? IsRead(nullable)
        : members.OwnerOf(expression) is not null;

    /// <summary>A property of the row that has an index of its whole value, its own or with others, or of its bucket, as a value of the check.</summary>
    private MethodCallExpression? Read(Expression expression)
    {
        if (members.OwnerOf(expression) is not { } owner || !IsOfRow(owner))
        {
            return null;
        }

        var index = IndexOf(expression);
        var composites = _isOrdered ? [] : members.CompositesWith(expression).ToList();
        if (index is null && composites.Count == 0)
        {
            return null;
        }

        _isExact &= index is null or { IsExact: true } && composites.TrueForAll(static composite => composite.IsExact);
        _purpose = IndexLookup.Named(expression);
        _read.Add(expression);
        return Expression.Call(s_slot.MakeGenericMethod(expression.Type), s_values, Expression.Constant(_read.Count - 1));
    }

    /// <summary>The index that finds the rows: for order that of buckets, which may also answer for equality where there is no other.</summary>
    private IndexedMember? IndexOf(Expression expression) =>
        (_isOrdered ? null : members.IndexesOf(expression).FirstOrDefault(static i => i.Kind == IndexOptions.Whole)) ?? RangeLookup.IndexOf(members, expression);

    /// <summary>A property that cannot be null, converted or not, as one that can; null for anything else.</summary>
    private Expression? Lifted(Expression expression)
    {
        if (!expression.Type.IsValueType || Nullable.GetUnderlyingType(expression.Type) is not null)
        {
            return null;
        }

        var nullable = typeof(Nullable<>).MakeGenericType(expression.Type);
        return expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } cast
            ? Lifted(cast.Operand) is { } operand ? Expression.MakeUnary(cast.NodeType, operand, nullable, cast.Method) : null
            : Read(expression) is { } value ? Expression.Call(s_slot.MakeGenericMethod(nullable), value.Arguments)
            : null;
    }

    private bool IsOfRow(Expression owner) => EncryptedMembers.Unconverted(owner) switch
    {
        ParameterExpression parameter => parameter == row,
        MemberExpression { Expression: { } outer } => IsOfRow(outer),
        _ => false,
    };

    // As static, so that a null is equal to null and nothing else, as in the database. Another comparison than the ordinal one is no lookup.
    private static MethodCallExpression Equal(Expression left, Expression right) =>
        Expression.Call(s_same, Expression.Convert(left, typeof(object)), Expression.Convert(right, typeof(object)));

    // As the database does: bytes by what they are.
    private static bool AreSame(object? left, object? right) => left is byte[] bytes && right is byte[] others ? bytes.AsSpan().SequenceEqual(others) : Equals(left, right);

    private static bool IsAmong(IEnumerable<byte[]?> values, byte[]? value) => values.Any(one => AreSame(one, value));

    // C# 14 has arrays' Contains take a span, which no delegate can be compiled of.
    private static MethodCallExpression? Listed(MethodCallExpression node) =>
        node.Method.DeclaringType == typeof(MemoryExtensions) && node.Method.Name == nameof(MemoryExtensions.Contains)
            ? Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [node.Arguments[1].Type], IndexLookup.Unspanned(node.Arguments[0]), node.Arguments[1])
            : null;
}
