using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The blind indexes that properties declare, and the shadow properties that hold them.</summary>
internal static class BlindIndexes
{
    /// <summary>The indexes that attributes and the fluent configuration declare; the latter's word counts where both name one.</summary>
    public static IReadOnlyList<IndexOptions> DeclaredOn(IReadOnlyProperty property)
    {
        var fluent = IndexOptions.Read((string?)property.FindAnnotation(EncryptionAnnotations.WantedIndexes)?.Value);
        var member = TaggedMembers.MemberOf(property);
        var attributes = member?.GetCustomAttributes<BlindIndexAttribute>(inherit: true).Select(IndexOptions.Of) ?? [];
        var ranges = member?.GetCustomAttributes<RangeIndexAttribute>(inherit: true).Select(a => IndexOptions.Of(a, property.ClrType)) ?? [];
        var composites = property.DeclaringType.ClrType.GetCustomAttributes<CompositeBlindIndexAttribute>(inherit: true).Where(a => a.Properties is [var first, ..] && first == property.Name);
        return
        [
            .. fluent,
            .. attributes.Concat(ranges).Concat(composites.Select(IndexOptions.Of)).Where(a => !fluent.Any(f => f.Name == a.Name && f.Version == a.Version)),
        ];
    }

    /// <summary>The name of the shadow property that holds an index.</summary>
    public static string NameOf(IReadOnlyProperty property, IndexOptions index) => property.Name + index.Suffix;

    /// <summary>The shadow properties that hold composite indexes of which a property is part.</summary>
    public static IEnumerable<IReadOnlyProperty> CompositesWith(IReadOnlyProperty property) =>
        property.DeclaringType.GetDeclaredProperties().Where(p => PartsOf(p).Contains(property.Name, StringComparer.Ordinal));

    /// <summary>The names of the properties of which a shadow property holds the composite index; none for any other.</summary>
    public static IReadOnlyList<string> PartsOf(IReadOnlyProperty index) => ((string?)index.FindAnnotation(EncryptionAnnotations.Parts)?.Value)?.Split(',') ?? [];

    /// <summary>The shadow properties that hold the indexes of a property; a composite one belongs to its first.</summary>
    public static IEnumerable<IReadOnlyProperty> Of(IReadOnlyProperty property) =>
        property.DeclaringType.GetDeclaredProperties().Where(p => (string?)p.FindAnnotation(EncryptionAnnotations.IndexOf)?.Value == property.Name);

    /// <summary>Adds the shadow property of an index, with its column and its database index.</summary>
    /// <param name="property">The property that is indexed.</param>
    /// <param name="index">The index.</param>
    /// <param name="own">The own converters of encrypted properties, or null.</param>
    public static void Add(IMutableProperty property, IndexOptions index, Func<IMutableProperty, ValueConverter?> own)
    {
        var entity = (IMutableEntityType)property.DeclaringType;
        var marker = new IndexMarker(
            index.Purpose ?? EncryptionAnnotations.PurposeOf(property)!, index.Kind, index.Normaliser, index.Version, index.Bits, EncryptionAnnotations.ConstantTenantOf(entity));
        var shadow = entity.AddProperty(NameOf(property, index), typeof(Runtime.BlindIndexValue));
        shadow.IsNullable = true;
        shadow.SetAnnotation(EncryptionAnnotations.IndexOf, property.Name);
        if (index.IsComposite)
        {
            var parts = index.Parts.Select(part => entity.FindProperty(part)!).ToList();
            shadow.SetValueConverter(IndexConverter.Create([.. parts.Select(part => (part.ClrType, own(part)))], marker));
            shadow.SetAnnotation(EncryptionAnnotations.Parts, string.Join(',', index.Parts));
        }
        else
        {
            shadow.SetValueConverter(IndexConverter.Create(property.ClrType, own(property), marker));
        }

        if (index.Retiring)
        {
            shadow.SetAnnotation(EncryptionAnnotations.Retiring, true);
        }

        if (index.Column is not null)
        {
            shadow.SetColumnName(index.Column);
        }
        else if (property.FindAnnotation(RelationalAnnotationNames.ColumnName) is { Value: string column })
        {
            shadow.SetColumnName(column + index.Suffix);
        }

        // The value stands first: a lookup names it, and not always the tenant, whom the value tells apart anyway.
        bool hasTenant = index.Unique && marker.Tenant is null && EncryptionAnnotations.TenantPropertyOf(entity) is not null;
        var indexed = hasTenant ? new[] { shadow, entity.FindProperty(EncryptionAnnotations.TenantPropertyOf(entity)!)! } : [shadow];
        entity.AddIndex(indexed).IsUnique = index.Unique;
    }
}
