using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Makes and recognises the converters of token columns. As writable by a compiled model as those of encrypted properties are.</summary>
internal static class TokenConverter
{
    private static readonly MethodInfo s_seal = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.SealToken))!;
    private static readonly MethodInfo s_stored = typeof(BlindIndexValue).GetMethod(nameof(BlindIndexValue.Stored))!;

    /// <summary>A converter from texts, of which each says what of it is asked for, to tokens.</summary>
    /// <param name="purpose">The purpose.</param>
    /// <param name="version">The index version.</param>
    /// <param name="tenant">The constant tenant, or null.</param>
    public static ValueConverter Create(string purpose, int version, string? tenant)
    {
        var value = Expression.Parameter(typeof(BlindIndexValue), "v");
        var bytes = Expression.Parameter(typeof(byte[]), "b");
        return new ValueConverter<BlindIndexValue, byte[]>(
            Expression.Lambda<Func<BlindIndexValue, byte[]>>(
                Expression.Call(s_seal, value, Expression.Constant(purpose), Expression.Constant(version), Expression.Constant(tenant, typeof(string))), value),
            Expression.Lambda<Func<byte[], BlindIndexValue>>(Expression.Call(s_stored, bytes), bytes));
    }

    /// <summary>What one of our token columns holds; null for any other converter.</summary>
    public static IndexMarker? MarkerOf(ValueConverter? converter) =>
        converter?.ConvertToProviderExpression.Body is MethodCallExpression { Method: var method, Arguments: [_, ConstantExpression purpose, ConstantExpression version, ConstantExpression tenant] }
        && method.DeclaringType == typeof(BlindIndexValue) && method.Name == s_seal.Name
            ? new IndexMarker((string)purpose.Value!, TokenTable.Token, "", (int)version.Value!, IndexDefinition.FullBits, (string?)tenant.Value)
            : null;
}
