using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// Makes and recognises the converters of encrypted properties. Their lambdas call public static methods with constants alone, so
/// that a compiled model can write them down as source.
/// </summary>
internal static class EncryptingConverter
{
    private static readonly MethodInfo s_seal = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.Seal))!;
    private static readonly MethodInfo s_sealConverted = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.SealConverted))!;
    private static readonly MethodInfo s_sealText = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.SealText))!;
    private static readonly MethodInfo s_openText = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.OpenText))!;
    private static readonly MethodInfo s_isSentinel = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.IsSentinel))!;
    private static readonly MethodInfo s_open = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.Open))!;
    private static readonly MethodInfo s_create = typeof(EncryptingConverter).GetMethod(nameof(CreateFor), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_createConverted = typeof(EncryptingConverter).GetMethod(nameof(CreateConverted), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>A converter from a property's type to ciphertext.</summary>
    /// <param name="clrType">The property's type.</param>
    /// <param name="own">The property's own converter, which goes first, or null.</param>
    /// <param name="purpose">The purpose.</param>
    /// <param name="tenant">The constant tenant, or null.</param>
    /// <param name="maxLength">The longest plaintext, or null.</param>
    /// <param name="mayBeEmpty">True where rows may hold no ciphertext yet, which the property's own converter must not see.</param>
    public static ValueConverter Create(Type clrType, ValueConverter? own, string purpose, string? tenant, int? maxLength, bool mayBeEmpty)
    {
        var encoded = own?.ProviderClrType ?? clrType;
        encoded = Nullable.GetUnderlyingType(encoded) ?? encoded;
        if (own?.ModelClrType is { } model && (mayBeEmpty || (model.IsValueType && Nullable.GetUnderlyingType(model) is null)))
        {
            return (ValueConverter)s_createConverted.MakeGenericMethod(model, encoded).Invoke(null, [own, purpose, tenant, maxLength ?? 0])!;
        }

        var encrypting = (ValueConverter)s_create.MakeGenericMethod(encoded).Invoke(null, [purpose, tenant, maxLength ?? 0])!;
        return own is null ? encrypting : own.ComposeWith(encrypting);
    }

    /// <summary>A converter from text to the text form of its ciphertext.</summary>
    /// <inheritdoc cref="Create" path="/param"/>
    public static ValueConverter<string, string> CreateText(string purpose, string? tenant, int? maxLength)
    {
        var value = Expression.Parameter(typeof(string), "v");
        var text = Expression.Parameter(typeof(string), "t");
        var purposeExpression = Expression.Constant(purpose);
        var tenantExpression = Expression.Constant(tenant, typeof(string));
        return new ValueConverter<string, string>(
            Expression.Lambda<Func<string, string>>(Expression.Call(s_sealText, value, purposeExpression, tenantExpression, Expression.Constant(maxLength ?? 0)), value),
            Expression.Lambda<Func<string, string>>(Expression.Call(s_openText, text, purposeExpression, tenantExpression), text));
    }

    /// <summary>The purpose and tenant of one of our converters; null for any other.</summary>
    public static EncryptionMarker? MarkerOf(ValueConverter? converter)
    {
        if (converter?.ConvertToProviderExpression.Body is MethodCallExpression call
            && call.Method.DeclaringType == typeof(EncryptedValue)
            && (call.Method.Name == s_seal.Name || call.Method.Name == s_sealConverted.Name || call.Method.Name == s_sealText.Name)
            && call.Arguments[^3] is ConstantExpression { Value: string purpose }
            && call.Arguments[^2] is ConstantExpression { Value: var tenant })
        {
            return new EncryptionMarker(purpose, (string?)tenant);
        }

        return null;
    }

    /// <summary>Whether the property's own converter goes before ours.</summary>
    public static bool HasOwnConversion(ValueConverter? converter) =>
        converter?.ConvertToProviderExpression.Body is not MethodCallExpression { Arguments: [ParameterExpression, ..] } call || (call.Method.Name != s_seal.Name && call.Method.Name != s_sealText.Name);

    /// <summary>What a property's own converter makes of a value that is not null, before ours; null where it has none.</summary>
    public static Func<object, object?>? OwnConversionOf(ValueConverter converter)
    {
        if (!HasOwnConversion(converter) || converter.ConvertToProviderExpression is not { Body: MethodCallExpression { Arguments: [.., var converted, _, _, _] }, Parameters: [var value] })
        {
            return null;
        }

        var given = Expression.Parameter(typeof(object), "given");
        return Expression.Lambda<Func<object, object?>>(
            Expression.Convert(ReplacingExpressionVisitor.Replace(value, Expression.Convert(given, value.Type), converted), typeof(object)), given).Compile();
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

    /// <summary>As a composition of both, but for the sentinel of a compiled model, which the property's own converter never sees.</summary>
    private static ValueConverter<TModel, byte[]> CreateConverted<TModel, T>(ValueConverter own, string purpose, string? tenant, int maxLength)
    {
        var value = Expression.Parameter(typeof(TModel), "v");
        var bytes = Expression.Parameter(typeof(byte[]), "b");
        var purposeExpression = Expression.Constant(purpose);
        var tenantExpression = Expression.Constant(tenant, typeof(string));
        return new ValueConverter<TModel, byte[]>(
            Expression.Lambda<Func<TModel, byte[]>>(
                Expression.Call(
                    s_sealConverted.MakeGenericMethod(typeof(TModel), typeof(T)),
                    value,
                    As<T>(ExpressionInlining.Inline(own.ConvertToProviderExpression, value)),
                    purposeExpression,
                    tenantExpression,
                    Expression.Constant(maxLength)),
                value),
            Expression.Lambda<Func<byte[], TModel>>(
                Expression.Condition(
                    Expression.Call(s_isSentinel, bytes),
                    Expression.Default(typeof(TModel)),
                    As<TModel>(ExpressionInlining.Inline(
                        own.ConvertFromProviderExpression,
                        Expression.Call(s_open.MakeGenericMethod(typeof(T)), bytes, purposeExpression, tenantExpression)))),
                bytes));
    }

    private static Expression As<T>(Expression expression) => expression.Type == typeof(T) ? expression : Expression.Convert(expression, typeof(T));
}
