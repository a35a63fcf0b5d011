using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Makes and recognises the converters of index columns. As writable by a compiled model as those of encrypted properties are.</summary>
internal static class IndexConverter
{
    private const int Constants = 6;
    private static readonly MethodInfo s_isPlain = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.IsPlain))!;
    private static readonly MethodInfo s_plainOf = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.PlainOf))!;
    private static readonly MethodInfo s_seal = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Seal))!;
    private static readonly MethodInfo s_stored = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Stored))!;

    /// <summary>A converter from values to index values.</summary>
    /// <param name="clrType">The type of the property that is indexed.</param>
    /// <param name="own">That property's own converter, or null.</param>
    /// <param name="marker">The index.</param>
    public static ValueConverter Create(Type clrType, ValueConverter? own, IndexMarker marker)
    {
        var value = Expression.Parameter(typeof(BlindIndexValue), "v");
        var bytes = Expression.Parameter(typeof(byte[]), "b");
        var model = Nullable.GetUnderlyingType(clrType) ?? clrType;
        Expression plain = Expression.Call(s_plainOf.MakeGenericMethod(model), value);
        if (own is not null)
        {
            var converted = ExpressionInlining.Inline(own.ConvertToProviderExpression, plain);
            plain = Expression.Condition(Expression.Call(s_isPlain, value), converted, Expression.Default(converted.Type));
        }

        var encoded = Nullable.GetUnderlyingType(plain.Type) ?? plain.Type;
        return new ValueConverter<BlindIndexValue, byte[]>(
            Expression.Lambda<Func<BlindIndexValue, byte[]>>(
                Expression.Call(
                    s_seal.MakeGenericMethod(encoded),
                    value,
                    plain.Type == encoded ? plain : Expression.Convert(plain, encoded),
                    Expression.Constant(marker.Purpose),
                    Expression.Constant(marker.Kind),
                    Expression.Constant(marker.Normaliser),
                    Expression.Constant(marker.Version),
                    Expression.Constant(marker.Bits),
                    Expression.Constant(marker.Tenant, typeof(string))),
                value),
            Expression.Lambda<Func<byte[], BlindIndexValue>>(Expression.Call(s_stored, bytes), bytes));
    }

    /// <summary>The index of one of our converters; null for any other.</summary>
    public static IndexMarker? MarkerOf(ValueConverter? converter)
    {
        if (converter?.ConvertToProviderExpression.Body is not MethodCallExpression call
            || call.Method.DeclaringType != typeof(BlindIndexValue)
            || call.Method.Name != s_seal.Name)
        {
            return null;
        }

        object?[] constants = [.. call.Arguments.Skip(call.Arguments.Count - Constants).Select(static a => ((ConstantExpression)a).Value)];
        return new IndexMarker((string)constants[0]!, (string)constants[1]!, (string)constants[2]!, (int)constants[3]!, (int)constants[4]!, (string?)constants[5]);
    }
}
