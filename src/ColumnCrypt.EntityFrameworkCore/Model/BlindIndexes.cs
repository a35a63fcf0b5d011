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
        var attributes = TaggedMembers.MemberOf(property)?.GetCustomAttributes<BlindIndexAttribute>(inherit: true) ?? [];
        return [.. fluent, .. attributes.Select(IndexOptions.Of).Where(a => !fluent.Any(f => f.Kind == a.Kind && f.Version == a.Version))];
    }

    /// <summary>The name of the shadow property that holds an index.</summary>
    public static string NameOf(IReadOnlyProperty property, IndexOptions index) => property.Name + index.Suffix;

    /// <summary>The shadow properties that hold the indexes of a property.</summary>
    public static IEnumerable<IReadOnlyProperty> Of(IReadOnlyProperty property) =>
        property.DeclaringType.GetDeclaredProperties().Where(p => (string?)p.FindAnnotation(EncryptionAnnotations.IndexOf)?.Value == property.Name);

    /// <summary>Adds the shadow property of an index, with its column and its database index.</summary>
    /// <param name="property">The property that is indexed.</param>
    /// <param name="index">The index.</param>
    /// <param name="own">The property's own converter, or null.</param>
    public static void Add(IMutableProperty property, IndexOptions index, ValueConverter? own)
    {
        var entity = (IMutableEntityType)property.DeclaringType;
        var marker = new IndexMarker(
            EncryptionAnnotations.PurposeOf(property)!, index.Kind, index.Normaliser, index.Version, index.Bits, EncryptionAnnotations.ConstantTenantOf(entity));
        var shadow = entity.AddProperty(NameOf(property, index), typeof(Runtime.BlindIndexValue));
        shadow.IsNullable = true;
        shadow.SetValueConverter(IndexConverter.Create(property.ClrType, own, marker));
        shadow.SetAnnotation(EncryptionAnnotations.IndexOf, property.Name);
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
