using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace ColumnCrypt.Repository.Tests.Surface;

/// <summary>Writes all that other assemblies can see of one, in an order that depends on names alone.</summary>
internal static class SurfaceRenderer
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Render(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetTypes().Where(IsVisible).OrderBy(static type => TypeNames.Of(type), StringComparer.Ordinal))
        {
            text.Append(Declaration(type)).Append('\n');
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static bool IsVisible(Type type) =>
        type.IsNested ? IsVisible(type.DeclaringType!) && (type.IsNestedPublic || (!type.DeclaringType!.IsSealed && (type.IsNestedFamily || type.IsNestedFamORAssem))) : type.IsPublic;

    private static string Declaration(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => $"enum {TypeNames.Of(type)} : {TypeNames.Of(Enum.GetUnderlyingType(type))}",
            { IsInterface: true } => "interface " + TypeNames.Of(type),
            { IsValueType: true } => (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "") + "struct " + TypeNames.Of(type),
            { IsAbstract: true, IsSealed: true } => "static class " + TypeNames.Of(type),
            { BaseType: { } parent } when parent == typeof(MulticastDelegate) => "delegate " + TypeNames.Of(type),
            _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + "class " + TypeNames.Of(type),
        };
        var parents = new List<string>();
        if (type is { IsClass: true, BaseType: { } ancestor } && ancestor != typeof(object) && ancestor != typeof(MulticastDelegate))
        {
            parents.Add(TypeNames.Of(ancestor));
        }

        if (!type.IsEnum)
        {
            parents.AddRange(type.GetInterfaces().Select(static face => TypeNames.Of(face)).Order(StringComparer.Ordinal));
        }

        var flags = type.IsEnum && type.IsDefined(typeof(FlagsAttribute)) ? "[Flags] " : "";
        return flags + kind + (parents.Count == 0 ? "" : " : " + string.Join(", ", parents)) + Constraints(type.GetGenericArguments());
    }

    private static IEnumerable<string> Members(Type type)
    {
        var context = new NullabilityInfoContext();
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(static field => $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        return type.GetConstructors(Declared).Where(static member => IsVisible(member)).Select(constructor => $"{Access(constructor)}.ctor({Parameters(constructor, context)})")
            .Concat(type.GetMethods(Declared).Where(static member => IsVisible(member) && (!member.IsSpecialName || member.Name.StartsWith("op_", StringComparison.Ordinal))).Select(method => Method(method, context)))
            .Concat(type.GetProperties(Declared).Where(static property => property.GetAccessors(nonPublic: true).Any(IsVisible)).Select(property => Property(property, context)))
            .Concat(type.GetEvents(Declared).Where(static happening => IsVisible(happening.AddMethod!)).Select(static happening => $"event {TypeNames.Of(happening.EventHandlerType!)} {happening.Name}"))
            .Concat(type.GetFields(Declared).Where(static field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(field => Field(field, context)));
    }

    private static bool IsVisible(MethodBase method) =>
        method.IsPublic || (!method.DeclaringType!.IsSealed && (method.IsFamily || method.IsFamilyOrAssembly));

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Method(MethodInfo method, NullabilityInfoContext context)
    {
        var modifier = method switch
        {
            { IsStatic: true } => "static ",
            { IsAbstract: true } => method.DeclaringType!.IsInterface ? "" : "abstract ",
            { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() != method ? "override " : "virtual ",
            _ => "",
        };
        var arguments = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(static argument => argument.Name))}>" : "";
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Access(method)}{modifier}{TypeNames.Of(method.ReturnType, context.Create(method.ReturnParameter))} {method.Name}{arguments}"
            + $"({extension}{Parameters(method, context)}){Constraints(method.GetGenericArguments())}";
    }

    private static string Property(PropertyInfo property, NullabilityInfoContext context)
    {
        var accessor = property.GetAccessors(nonPublic: true).First(IsVisible);
        var isStatic = accessor.IsStatic ? "static " : accessor is { IsAbstract: true, DeclaringType.IsInterface: false } ? "abstract " : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var setter = property.SetMethod is { } set && IsVisible(set)
            ? set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; "
            : "";
        var getter = property.GetMethod is { } get && IsVisible(get) ? "get; " : "";
        var index = property.GetIndexParameters().Length == 0 ? "" : $"[{string.Join(", ", property.GetIndexParameters().Select(parameter => Parameter(parameter, context)))}]";
        return $"{Access(accessor)}{isStatic}{required}{TypeNames.Of(property.PropertyType, context.Create(property))} {property.Name}{index} {{ {getter}{setter}}}";
    }

    private static string Field(FieldInfo field, NullabilityInfoContext context) =>
        field.IsLiteral
            ? $"const {TypeNames.Of(field.FieldType)} {field.Name} = {Literal(field.GetRawConstantValue())}"
            : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{TypeNames.Of(field.FieldType, context.Create(field))} {field.Name}";

    private static string Parameters(MethodBase method, NullabilityInfoContext context) =>
        string.Join(", ", method.GetParameters().Select(parameter => Parameter(parameter, context)));

    private static string Parameter(ParameterInfo parameter, NullabilityInfoContext context)
    {
        var passing = parameter switch
        {
            { IsOut: true } => "out ",
            { ParameterType.IsByRef: true } when parameter.IsDefined(typeof(IsReadOnlyAttribute)) => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        var fallback = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue) : "";
        return $"{passing}{TypeNames.Of(parameter.ParameterType, context.Create(parameter))} {parameter.Name}{fallback}";
    }

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Constraints(Type[] arguments)
    {
        var text = new StringBuilder();
        foreach (var argument in arguments.Where(static argument => argument.IsGenericParameter))
        {
            var limits = new List<string>();
            var attributes = argument.GenericParameterAttributes;
            if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            {
                limits.Add("class");
            }

            if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
            {
                limits.Add("struct");
            }

            limits.AddRange(argument.GetGenericParameterConstraints().Where(static limit => limit != typeof(ValueType)).Select(static limit => TypeNames.Of(limit)));
            if (limits.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" where {argument.Name} : {string.Join(", ", limits)}");
            }
        }

        return text.ToString();
    }
}
