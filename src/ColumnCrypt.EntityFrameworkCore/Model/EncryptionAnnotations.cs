using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The annotations that ColumnCrypt leaves on EF's model: plain strings and numbers, so that snapshots and compiled models keep them.</summary>
internal static class EncryptionAnnotations
{
    /// <summary>On a model while it is built with ColumnCrypt's conventions.</summary>
    public const string Building = "ColumnCrypt:Building";

    /// <summary>On a property: its purpose; "" until the model is finalized where the default is wanted.</summary>
    public const string Purpose = "ColumnCrypt:Purpose";

    /// <summary>On a property: the longest plaintext.</summary>
    public const string MaxLength = "ColumnCrypt:MaxLength";

    /// <summary>On a property: the name of the codec.</summary>
    public const string Codec = "ColumnCrypt:Codec";

    /// <summary>On a property while its model is built: the blind indexes that the fluent configuration wants.</summary>
    public const string WantedIndexes = "ColumnCrypt:WantedIndexes";

    /// <summary>On the shadow property of a blind index: the name of the property that it indexes.</summary>
    public const string IndexOf = "ColumnCrypt:IndexOf";

    /// <summary>On the shadow property of a composite blind index: the names of its properties, separated by commas.</summary>
    public const string Parts = "ColumnCrypt:Parts";

    /// <summary>On the shadow property of a blind index that is asked no more.</summary>
    public const string Retiring = "ColumnCrypt:Retiring";

    /// <summary>On a property while its model is built: the text indexes that the fluent configuration wants.</summary>
    public const string WantedTextIndexes = "ColumnCrypt:WantedTextIndexes";

    /// <summary>On an entity type whose rows are the tokens of a text index: what they are, as <see cref="TokenTable"/> writes it.</summary>
    public const string Tokens = "ColumnCrypt:Tokens";

    /// <summary>On an entity type: the constant tenant of its rows.</summary>
    public const string Tenant = "ColumnCrypt:Tenant";

    /// <summary>On an entity type: the property that holds a row's tenant.</summary>
    public const string TenantProperty = "ColumnCrypt:TenantProperty";

    /// <summary>On a property: the column of plaintext that it is adopted from.</summary>
    public const string AdoptFrom = "ColumnCrypt:AdoptFrom";

    /// <summary>On a property that is adopted: the day by which that is over, as <c>yyyy-MM-dd</c>.</summary>
    public const string AdoptUntil = "ColumnCrypt:AdoptUntil";

    /// <summary>On a property that is adopted in the column that holds its plaintext.</summary>
    public const string AdoptInPlace = "ColumnCrypt:AdoptInPlace";

    /// <summary>On a property that is adopted in place: the text that its column has by default.</summary>
    public const string PlainDefault = "ColumnCrypt:PlainDefault";

    /// <summary>On a property whose column stays text: values stand in it in their text form.</summary>
    public const string TextForm = "ColumnCrypt:TextForm";

    /// <summary>On the shadow property of a column of plaintext: the name of the property that is adopted from it.</summary>
    public const string PlaintextOf = "ColumnCrypt:PlaintextOf";

    public static string? PurposeOf(IReadOnlyProperty property) => (string?)property.FindAnnotation(Purpose)?.Value;

    public static bool IsEncrypted(IReadOnlyProperty property) => property.FindAnnotation(Purpose) is not null;

    /// <summary>True where values stand in the column in their text form.</summary>
    public static bool IsText(IReadOnlyProperty property) => property.FindAnnotation(TextForm) is not null;

    public static int? MaxLengthOf(IReadOnlyProperty property) => (int?)property.FindAnnotation(MaxLength)?.Value;

    /// <summary>The constant tenant of the rows that a type is stored in, or null.</summary>
    public static string? ConstantTenantOf(IReadOnlyTypeBase type) => (string?)OfRow(type, Tenant);

    /// <summary>The name of the property that holds the tenant of the rows of an entity type, or null.</summary>
    public static string? TenantPropertyOf(IReadOnlyEntityType type) =>
        (string?)type.GetAllBaseTypesInclusive().Select(static t => t.FindAnnotation(TenantProperty)?.Value).FirstOrDefault(static v => v is not null);

    /// <summary>Every property of a model, those of complex types included, but for complex collections, which EF stores as JSON.</summary>
    public static IEnumerable<IReadOnlyProperty> AllProperties(IReadOnlyModel model) => model.GetEntityTypes().SelectMany(DeclaredIn);

    private static IEnumerable<IReadOnlyProperty> DeclaredIn(IReadOnlyTypeBase type) =>
        type.GetDeclaredProperties().Concat(type.GetDeclaredComplexProperties().SelectMany(static c => DeclaredIn(c.ComplexType)));

    private static object? OfRow(IReadOnlyTypeBase type, string annotation)
    {
        for (var owner = (IReadOnlyEntityType?)type.ContainingEntityType; owner is not null; owner = owner.FindOwnership()?.PrincipalEntityType)
        {
            foreach (var candidate in owner.GetAllBaseTypesInclusive())
            {
                if (candidate.FindAnnotation(annotation)?.Value is { } value)
                {
                    return value;
                }
            }
        }

        return null;
    }
}
