using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Recognises access to encrypted properties in a query as the application wrote it. Thread-safe.</summary>
internal sealed class EncryptedMembers
{
    private const string Annotation = "ColumnCrypt:Members";
    private readonly HashSet<(Type?, string)> _members;
    private readonly ILookup<string, Type> _types;
    private readonly HashSet<Type> _complexTypes;
    private readonly ILookup<string, (Type Declaring, IReadOnlyList<IndexedMember> Indexes)> _indexes;
    private readonly IReadOnlyList<(Type Declaring, CompositeMember Index)> _composites;
    private readonly ILookup<string, (Type Declaring, ValueConverter Converter)> _conversions;
    private readonly ILookup<string, (Type Declaring, IReadOnlyList<TextMember> Indexes)> _texts;

    private EncryptedMembers(IReadOnlyModel model)
    {
        var encrypted = EncryptionAnnotations.AllProperties(model).Where(EncryptionAnnotations.IsEncrypted).ToList();
        _members = [.. encrypted.Select(TaggedMembers.MemberOf).OfType<MemberInfo>().Select(static m => (m.DeclaringType, m.Name))];
        _types = encrypted.ToLookup(static p => p.Name, static p => p.DeclaringType.ClrType, StringComparer.Ordinal);
        _indexes = encrypted.ToLookup(static p => p.Name, static p => (p.DeclaringType.ClrType, IndexedMember.Of(p)), StringComparer.Ordinal);
        _texts = encrypted.ToLookup(static p => p.Name, static p => (p.DeclaringType.ClrType, TextMember.Of(p)), StringComparer.Ordinal);
        _conversions = encrypted
            .Select(static p => (p.Name, p.DeclaringType.ClrType, Converter: p.GetValueConverter()))
            .Where(static p => p.Converter is not null && EncryptingConverter.HasOwnConversion(p.Converter))
            .ToLookup(static p => p.Name, static p => (p.ClrType, p.Converter!), StringComparer.Ordinal);
        _composites = [.. encrypted.Select(static p => p.DeclaringType).Distinct().SelectMany(static type => CompositeMember.Of(type).Select(index => (type.ClrType, index)))];
        HasIndexes = _composites.Count > 0
            || _indexes.SelectMany(static byName => byName).Any(static i => i.Indexes.Count > 0)
            || _texts.SelectMany(static byName => byName).Any(static t => t.Indexes.Count > 0);
        _complexTypes = [.. encrypted.SelectMany(static p => ComplexTypesAround(p.DeclaringType))];
    }

    public static EncryptedMembers Of(IModel model) => model.GetOrAddRuntimeAnnotationValue(Annotation, static m => new EncryptedMembers(m!), model);

    /// <summary>True where the model has blind indexes.</summary>
    public bool HasIndexes { get; }

    /// <summary>True where the model has composite ones.</summary>
    public bool HasComposites => _composites.Count > 0;

    /// <summary>Those of a model that is being built.</summary>
    public static EncryptedMembers OfBuilding(IReadOnlyModel model) => new(model);

    /// <summary>What an expression reads an encrypted property of, or null where it reads none.</summary>
    public Expression? OwnerOf(Expression expression) => expression switch
    {
        MemberExpression { Expression: { } owner } member
            when _members.Contains((member.Member.DeclaringType, member.Member.Name))
                || TaggedMembers.AttributeOf(member.Member) is not null
                || IsEncrypted(owner, member.Member.Name) => owner,
        MethodCallExpression { Method: { Name: nameof(EF.Property) } method, Arguments: [var owner, ConstantExpression { Value: string name }] }
            when method.DeclaringType == typeof(EF) && IsEncrypted(owner, name) => owner,
        MethodCallExpression { Method.Name: "get_Item", Object: { } owner, Arguments: [ConstantExpression { Value: string name }] }
            when IsEncrypted(owner, name) => owner,
        _ => null,
    };

    /// <summary>How many encrypted properties an expression may read: more than one where its type does not say which.</summary>
    public int CountOf(Expression expression) => OwnerOf(expression) is { } owner && Unconverted(owner).Type is var type
        ? _types[NameOf(expression)].Count(declaring => declaring.IsAssignableFrom(type) || type.IsAssignableFrom(declaring))
        : 0;

    /// <summary>The blind indexes of what an expression reads; none where it reads no indexed property.</summary>
    public IReadOnlyList<IndexedMember> IndexesOf(Expression expression)
    {
        if (OwnerOf(expression) is not { } owner)
        {
            return [];
        }

        var type = Unconverted(owner).Type;
        var candidates = _indexes[NameOf(expression)].Where(c => c.Declaring.IsAssignableFrom(type) || type.IsAssignableFrom(c.Declaring)).ToList();

        // An interface, or a type that several entities own: what holds for all of them.
        return candidates.Count == 0 ? [] : [.. candidates[0].Indexes.Where(index => candidates.TrueForAll(c => c.Indexes.Contains(index)))];
    }

    /// <summary>The text indexes of what an expression reads; none where it reads no property that has any, or where the types do not say which property it is.</summary>
    public IReadOnlyList<TextMember> TextIndexesOf(Expression expression)
    {
        if (OwnerOf(expression) is not { } owner)
        {
            return [];
        }

        var type = Unconverted(owner).Type;
        return _texts[NameOf(expression)].Where(c => c.Declaring.IsAssignableFrom(type) || type.IsAssignableFrom(c.Declaring)).ToList() is [var only] ? only.Indexes : [];
    }

    /// <summary>The own conversion of the property that an expression reads, as the index has it; null where it has none.</summary>
    public Func<object, object?>? ConversionOf(Expression expression) => OwnerOf(expression) is { } owner && Unconverted(owner).Type is var type
        ? _conversions[NameOf(expression)].Where(c => c.Declaring.IsAssignableFrom(type) || type.IsAssignableFrom(c.Declaring))
            .Select(static c => EncryptingConverter.OwnConversionOf(c.Converter)).FirstOrDefault()
        : null;

    /// <summary>The composite blind indexes of the properties of what an expression gives.</summary>
    public IEnumerable<CompositeMember> CompositesOf(Expression owner) => _composites.Where(c => c.Declaring.IsAssignableFrom(owner.Type)).Select(static c => c.Index);

    /// <summary>The composite blind indexes of which an expression reads a property.</summary>
    public IEnumerable<CompositeMember> CompositesWith(Expression member) =>
        OwnerOf(member) is { } owner ? CompositesOf(Unconverted(owner)).Where(index => index.Parts.Contains(NameOf(member), StringComparer.Ordinal)) : [];

    /// <summary>The name of the property that an expression reads, as <see cref="OwnerOf"/> recognises it.</summary>
    public static string NameOf(Expression expression) => expression switch
    {
        MemberExpression member => member.Member.Name,
        MethodCallExpression call => (string)((ConstantExpression)call.Arguments[^1]).Value!,
        _ => throw new ArgumentException("The expression reads no property.", nameof(expression)),
    };

    /// <summary>True for a complex object that has encrypted properties, its own or nested ones.</summary>
    public bool IsComplexWithEncrypted(Expression expression) => _complexTypes.Contains(Nullable.GetUnderlyingType(expression.Type) ?? expression.Type);

    public static Expression Unconverted(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Operand: var operand } ? Unconverted(operand) : expression;

    // By name, because EF binds members of interfaces and of unmapped bases by their names too.
    private bool IsEncrypted(Expression owner, string name)
    {
        var type = Unconverted(owner).Type;
        return _types[name].Any(declaring => declaring.IsAssignableFrom(type) || type.IsAssignableFrom(declaring));
    }

    private static IEnumerable<Type> ComplexTypesAround(IReadOnlyTypeBase type)
    {
        for (var around = type; around is IReadOnlyComplexType complex; around = complex.ComplexProperty.DeclaringType)
        {
            yield return complex.ClrType;
        }
    }
}
