using System.Text;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The default purposes, and the names of properties in messages.</summary>
internal static class Purposes
{
    /// <summary>The longest purpose: 200 bytes of UTF-8.</summary>
    public const int MaxBytes = 200;

    /// <summary><c>DeclaringType.Property</c> without namespace.</summary>
    public static string DefaultOf(IReadOnlyProperty property) =>
        $"{NameOf(TaggedMembers.MemberOf(property)?.DeclaringType ?? property.DeclaringType.ClrType)}.{property.Name}";

    public static string Describe(IReadOnlyPropertyBase property) => $"{property.DeclaringType.DisplayName()}.{property.Name}";

    public static string? WhyInvalid(string purpose) => Encoding.UTF8.GetByteCount(purpose) switch
    {
        0 => "has an empty purpose",
        > MaxBytes => $"has a purpose longer than {MaxBytes} bytes of UTF-8",
        _ => null,
    };

    private static string NameOf(Type type)
    {
        if (!type.IsGenericType)
        {
            return type.Name;
        }

        int arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        string name = arity < 0 ? type.Name : type.Name[..arity];
        return $"{name}<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>";
    }
}
