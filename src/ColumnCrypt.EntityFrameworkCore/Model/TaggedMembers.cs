using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Finds the members of a CLR type that carry <see cref="EncryptedAttribute"/>.</summary>
internal static class TaggedMembers
{
    private const BindingFlags DeclaredInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The tagged members of a type and its bases, each once.</summary>
    public static IEnumerable<MemberInfo> Of(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            foreach (var member in level.GetMembers(DeclaredInstance))
            {
                if (member is PropertyInfo or FieldInfo && AttributeOf(member) is not null && !member.IsDefined(typeof(CompilerGeneratedAttribute)))
                {
                    yield return member;
                }
            }
        }
    }

    /// <summary>The attribute, also where it stands on the base of an overriding property.</summary>
    public static EncryptedAttribute? AttributeOf(MemberInfo member) =>
        (EncryptedAttribute?)Attribute.GetCustomAttribute(member, typeof(EncryptedAttribute), inherit: true);

    public static EncryptedAttribute? AttributeOf(IReadOnlyPropertyBase property) =>
        MemberOf(property) is { } member ? AttributeOf(member) : null;

    public static MemberInfo? MemberOf(IReadOnlyPropertyBase property) => (MemberInfo?)property.PropertyInfo ?? property.FieldInfo;

    /// <summary>True where a type, what it is a collection of, or anything inside it carries a tagged member.</summary>
    public static bool AnyWithin(Type type) => AnyWithin(type, []);

    private static bool AnyWithin(Type type, HashSet<Type> seen)
    {
        if (type.IsPrimitive || type == typeof(string) || type.Assembly == typeof(object).Assembly && !type.IsGenericType && !type.IsArray || !seen.Add(type))
        {
            return false;
        }

        return type.IsArray && AnyWithin(type.GetElementType()!, seen)
            || type.IsGenericType && type.GetGenericArguments().Any(argument => AnyWithin(argument, seen))
            || Of(type).Any()
            || type.Assembly != typeof(object).Assembly
                && type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Any(property => AnyWithin(property.PropertyType, seen));
    }
}
