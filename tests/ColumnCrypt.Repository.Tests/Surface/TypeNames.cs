using System.Reflection;

namespace ColumnCrypt.Repository.Tests.Surface;

/// <summary>Writes types as C# does, with nullability.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability?.ElementType ?? nullability);
        }

        var mark = nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (s_keywords.TryGetValue(type, out var keyword))
        {
            return keyword + mark;
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        }

        if (type.IsGenericParameter)
        {
            return type.Name + mark;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        return Qualified(type, nullability) + mark;
    }

    /// <summary>The name with its namespace and its type arguments, those of the types around it among them.</summary>
    private static string Qualified(Type type, NullabilityInfo? nullability)
    {
        var arguments = type.GetGenericArguments();
        var chain = new Stack<Type>();
        for (var outer = type; outer is not null; outer = outer.DeclaringType)
        {
            chain.Push(outer);
        }

        var names = new List<string>();
        var used = 0;
        foreach (var part in chain)
        {
            var own = part.GetGenericArguments().Length - used;
            var name = part.Name.Split('`')[0];
            if (own > 0)
            {
                var offset = used;
                var hasFlow = nullability is not null && nullability.GenericTypeArguments.Length == arguments.Length;
                name += $"<{string.Join(", ", Enumerable.Range(offset, own).Select(i => Of(arguments[i], hasFlow ? nullability!.GenericTypeArguments[i] : null)))}>";
                used += own;
            }

            names.Add(name);
        }

        return $"{type.Namespace}.{string.Join('.', names)}";
    }
}
