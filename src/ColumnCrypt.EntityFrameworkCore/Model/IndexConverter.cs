using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Makes and recognises the converters of index columns. As writable by a compiled model as those of encrypted properties are.</summary>
internal static class IndexConverter
{
    private const int Constants = 6;
    private static readonly MethodInfo s_isPlain = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.IsPlain))!;
    private static readonly MethodInfo s_plainOf = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.PlainOf))!;
    private static readonly MethodInfo s_seal = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Seal))!;
    private static readonly MethodInfo s_partAt = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.PartAt))!;
    private static readonly MethodInfo s_part = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Part))!;
    private static readonly MethodInfo s_sealComposite = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.SealComposite))!;
    private static readonly MethodInfo s_stored = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Stored))!;

    /// <summary>A converter from values to index values.</summary>
    /// <param name="clrType">The type of the property that is indexed.</param>
    /// <param name="own">That property's own converter, or null.</param>
    /// <param name="marker">The index.</param>
    public static ValueConverter Create(Type clrType, ValueConverter? own, IndexMarker marker)
    {
        var value = Expression.Parameter(typeof(BlindIndexValue), "v");
        var model = Nullable.GetUnderlyingType(clrType) ?? clrType;
        Expression plain = Expression.Call(s_plainOf.MakeGenericMethod(model), value);
        if (own is not null)
        {
            var converted = ExpressionInlining.Inline(own.ConvertToProviderExpression, plain);
            plain = Expression.Condition(Expression.Call(s_isPlain, value), converted, Expression.Default(converted.Type));
        }

        var encoded = Nullable.GetUnderlyingType(plain.Type) ?? plain.Type;
        return Create(value, Expression.Call(s_seal.MakeGenericMethod(encoded), [value, plain.Type == encoded ? plain : Expression.Convert(plain, encoded), .. ConstantsOf(marker)]));
    }

    /// <summary>A converter from the values of several properties to the values of their composite index.</summary>
    /// <param name="parts">The types of the properties, with their own converters or null, in order.</param>
    /// <param name="marker">The index.</param>
    public static ValueConverter Create(IReadOnlyList<(Type ClrType, ValueConverter? Own)> parts, IndexMarker marker)
    {
        var value = Expression.Parameter(typeof(BlindIndexValue), "v");
        var made = parts.Select((part, i) =>
        {
            Expression plain = Expression.Call(s_partAt.MakeGenericMethod(Nullable.GetUnderlyingType(part.ClrType) ?? part.ClrType), value, Expression.Constant(i));
            plain = part.Own is null ? plain : ExpressionInlining.Inline(part.Own.ConvertToProviderExpression, plain);
            var encoded = Nullable.GetUnderlyingType(plain.Type) ?? plain.Type;
            return Expression.Call(s_part.MakeGenericMethod(encoded), plain.Type == encoded ? plain : Expression.Convert(plain, encoded));
        });
        var all = Expression.NewArrayInit(typeof(IndexPart), made);
        var plainOrNone = Expression.Condition(Expression.Call(s_isPlain, value), all, Expression.Default(all.Type));
        return Create(value, Expression.Call(s_sealComposite, [value, plainOrNone, .. ConstantsOf(marker)]));
    }

    /// <summary>The index of one of our converters; null for any other.</summary>
    public static IndexMarker? MarkerOf(ValueConverter? converter)
    {
        if (converter?.ConvertToProviderExpression.Body is not MethodCallExpression call
            || call.Method.DeclaringType != typeof(BlindIndexValue)
            || (call.Method.Name != s_seal.Name && call.Method.Name != s_sealComposite.Name))
        {
            return null;
        }

        object?[] constants = [.. call.Arguments.Skip(call.Arguments.Count - Constants).Select(static a => ((ConstantExpression)a).Value)];
        return new IndexMarker((string)constants[0]!, (string)constants[1]!, (string)constants[2]!, (int)constants[3]!, (int)constants[4]!, (string?)constants[5]);
    }

    private static ValueConverter Create(ParameterExpression value, Expression seal)
    {
        var bytes = Expression.Parameter(typeof(byte[]), "b");
        return new ValueConverter<BlindIndexValue, byte[]>(
            Expression.Lambda<Func<BlindIndexValue, byte[]>>(seal, value),
            Expression.Lambda<Func<byte[], BlindIndexValue>>(Expression.Call(s_stored, bytes), bytes));
    }

    private static Expression[] ConstantsOf(IndexMarker marker) =>
    [
        Expression.Constant(marker.Purpose),
        Expression.Constant(marker.Kind),
        Expression.Constant(marker.Normaliser),
        Expression.Constant(marker.Version),
        Expression.Constant(marker.Bits),
        Expression.Constant(marker.Tenant, typeof(string)),
    ];
}
