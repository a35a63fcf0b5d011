using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// Makes and recognises the converters of encrypted properties. Their lambdas call public static methods with constants alone, so
/// that a compiled model can write them down as source.
/// </summary>
internal static class EncryptingConverter
{
    private static readonly MethodInfo s_seal = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.Seal))!;
    private static readonly MethodInfo s_open = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.Open))!;
    private static readonly MethodInfo s_create = typeof(EncryptingConverter).GetMethod(nameof(CreateFor), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>A converter from a property's type to ciphertext.</summary>
    /// <param name="clrType">The property's type.</param>
    /// <param name="own">The property's own converter, which goes first, or null.</param>
    /// <param name="purpose">The purpose.</param>
    /// <param name="tenant">The constant tenant, or null.</param>
    /// <param name="maxLength">The longest plaintext, or null.</param>
    public static ValueConverter Create(Type clrType, ValueConverter? own, string purpose, string? tenant, int? maxLength)
    {
        var encoded = own?.ProviderClrType ?? clrType;
        encoded = Nullable.GetUnderlyingType(encoded) ?? encoded;
        var encrypting = (ValueConverter)s_create.MakeGenericMethod(encoded).Invoke(null, [purpose, tenant, maxLength ?? 0])!;
        return own is null ? encrypting : own.ComposeWith(encrypting);
    }

    /// <summary>The purpose and tenant of one of our converters; null for any other.</summary>
    public static EncryptionMarker? MarkerOf(ValueConverter? converter)
    {
        if (converter?.ConvertToProviderExpression.Body is MethodCallExpression call
            && call.Method.DeclaringType == typeof(EncryptedValue)
            && call.Method.Name == s_seal.Name
            && call.Arguments[1] is ConstantExpression { Value: string purpose }
            && call.Arguments[2] is ConstantExpression { Value: var tenant })
        {
            return new EncryptionMarker(purpose, (string?)tenant);
        }

        return null;
    }

    private static ValueConverter<T, byte[]> CreateFor<T>(string purpose, string? tenant, int maxLength)
    {
        var value = Expression.Parameter(typeof(T), "v");
        var bytes = Expression.Parameter(typeof(byte[]), "b");
        var purposeExpression = Expression.Constant(purpose);
        var tenantExpression = Expression.Constant(tenant, typeof(string));
        return new ValueConverter<T, byte[]>(
            Expression.Lambda<Func<T, byte[]>>(
                Expression.Call(s_seal.MakeGenericMethod(typeof(T)), value, purposeExpression, tenantExpression, Expression.Constant(maxLength)), value),
            Expression.Lambda<Func<byte[], T>>(
                Expression.Call(s_open.MakeGenericMethod(typeof(T)), bytes, purposeExpression, tenantExpression), bytes));
    }
}
