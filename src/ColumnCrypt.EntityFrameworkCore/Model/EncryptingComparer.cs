using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Makes the comparers of encrypted properties whose values can change in place. As writable by a compiled model as the converters are.</summary>
internal static class EncryptingComparer
{
    private static readonly MethodInfo s_create = typeof(EncryptingComparer).GetMethod(nameof(CreateFor), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>The comparer, or null where EF's own is right.</summary>
    /// <param name="clrType">The property's type.</param>
    /// <param name="own">The property's own converter, or null.</param>
    public static ValueComparer? Create(Type clrType, ValueConverter? own)
    {
        // A struct that is encoded as JSON may hold a list; one with a converter is taken for a value.
        clrType = Nullable.GetUnderlyingType(clrType) ?? clrType;
        bool immutable = clrType != typeof(byte[]) && (ValueCodecs.HasOwnCodec(clrType) || (clrType.IsValueType && own is not null));
        return immutable
            ? null
            : (ValueComparer)s_create.MakeGenericMethod(clrType, own?.ProviderClrType ?? clrType).Invoke(null, [own])!;
    }

    private static ValueComparer<T> CreateFor<T, TEncoded>(ValueConverter? own)
    {
        var left = Expression.Parameter(typeof(T), "a");
        var right = Expression.Parameter(typeof(T), "b");
        return new ValueComparer<T>(
            Expression.Lambda<Func<T?, T?, bool>>(
                Expression.Call(typeof(EncryptedComparison), nameof(EncryptedComparison.AreEqual), [typeof(TEncoded)], Encoded(left), Encoded(right)), left, right),
            Expression.Lambda<Func<T, int>>(
                Expression.Call(typeof(EncryptedComparison), nameof(EncryptedComparison.HashOf), [typeof(TEncoded)], Encoded(left)), left),
            Expression.Lambda<Func<T, T>>(Copy(left), left));

        Expression Encoded(ParameterExpression value) => own is null
            ? value
            : Expression.Condition(
                Expression.Equal(value, Expression.Constant(null, typeof(T))),
                Expression.Default(typeof(TEncoded)),
                ExpressionInlining.Inline(own.ConvertToProviderExpression, value));

        Expression Copy(ParameterExpression value) => own is null
            ? Expression.Call(typeof(EncryptedComparison), nameof(EncryptedComparison.Copy), [typeof(T)], value)
            : Expression.Condition(
                Expression.Equal(value, Expression.Constant(null, typeof(T))),
                value,
                ExpressionInlining.Inline(own.ConvertFromProviderExpression, ExpressionInlining.Inline(own.ConvertToProviderExpression, value)));
    }
}
