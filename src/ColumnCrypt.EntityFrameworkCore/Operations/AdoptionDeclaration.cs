using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>What the manifest is told of the adoption of a column, so that it can be filled without the model. Stateless, thread-safe.</summary>
internal static class AdoptionDeclaration
{
    /// <summary>The declaration of a column in a table; null where it is not adopted.</summary>
    /// <param name="property">The encrypted property.</param>
    /// <param name="mapping">Its column.</param>
    /// <param name="isMultiTenant">True where rows of several tenants may share the table.</param>
    /// <exception cref="EncryptionModelException">No column of the table says which tenant a row is of.</exception>
    public static ColumnAdoption? Of(IProperty property, IColumnMappingBase mapping, bool isMultiTenant)
    {
        if (AdoptedColumns.Of(property.DeclaringType.Model).Find(property) is not { } adopted)
        {
            return null;
        }

        var plain = adopted.Plaintext?.GetTypeMapping();
        return new ColumnAdoption
        {
            PlainColumn = adopted.PlainColumn,
            IsConverted = plain is not null && ValueCodecs.NameFor(plain.Converter?.ProviderClrType ?? plain.ClrType) != (string)property.FindAnnotation(EncryptionAnnotations.Codec)!.Value!,
            Deadline = adopted.Declared.Deadline,
            Tenant = TenantOf(adopted.Property, adopted.Tenant, mapping.TableMapping.Table, isMultiTenant),
            Indexes =
            [
                .. BlindIndexes.Of(property).Cast<IProperty>()
                    .SelectMany(index => mapping.TableMapping.ColumnMappings.Where(m => m.Property == index).Select(m => IndexOf(index, m.Column.Name)))
                    .OrderBy(static index => index.Column, StringComparer.Ordinal),
            ],
        };
    }

    private static Manifest.RowTenant? TenantOf(IProperty property, string? constant, ITableBase table, bool isMultiTenant)
    {
        if (constant is not null)
        {
            return Manifest.RowTenant.Always(constant);
        }

        for (var owner = property.DeclaringType.ContainingEntityType; owner is not null; owner = owner.FindOwnership()?.PrincipalEntityType)
        {
            if (EncryptionAnnotations.TenantPropertyOf(owner) is { } name && owner.FindProperty(name) is { } tenant
                && SameIn(table, tenant).FirstOrDefault() is { } column)
            {
                return Manifest.RowTenant.Of(column, FormOf(tenant));
            }
        }

        return isMultiTenant
            ? throw new EncryptionModelException(
                $"{Purposes.Describe(property)} is adopted, and no column of {table.Name} says which tenant a row is of, so that nobody could tell whose key encrypts it. "
                + $"Say which property holds it: modelBuilder.Entity<{property.DeclaringType.ContainingEntityType.ShortName()}>().HasTenant(x => x.TenantId).")
            : Manifest.RowTenant.Always(TenantId.Default);
    }

    /// <summary>The columns of a table that hold a property of a row: its own, and those of keys that lead to it.</summary>
    private static IEnumerable<string> SameIn(ITableBase table, IProperty property) => property.GetTableColumnMappings()
        .Where(mapping => mapping.TableMapping.Table == table)
        .Select(static mapping => mapping.Column.Name)
        .Concat(property.GetContainingKeys().SelectMany(static key => key.GetReferencingForeignKeys()).Where(static reference => reference.IsOwnership)
            .SelectMany(reference => SameIn(table, reference.Properties[reference.PrincipalKey.Properties.ToList().IndexOf(property)])));

    private static TenantForm FormOf(IProperty tenant)
    {
        var type = tenant.GetTypeMapping() is var mapping ? mapping.Converter?.ProviderClrType ?? mapping.ClrType : typeof(string);
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? TenantForm.Text
            : type == typeof(Guid) ? TenantForm.Guid
            : TenantForm.Number;
    }

    private static AdoptionIndex IndexOf(IProperty index, string column)
    {
        var marker = IndexConverter.MarkerOf(index.GetTypeMapping().Converter)!;
        return new AdoptionIndex(column, marker.Kind, marker.Normaliser, marker.Version, marker.Bits, SavedIndex.Of(index).IsUnique);
    }
}
