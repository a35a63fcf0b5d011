using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Manifest;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The adopted properties of a model, found once. Thread-safe.</summary>
internal sealed class AdoptedColumns
{
    private const string Annotation = "ColumnCrypt:AdoptedColumns";
    private readonly Dictionary<IProperty, AdoptedColumn> _byProperty;

    private AdoptedColumns(IModel model)
    {
        All =
        [
            .. EncryptionAnnotations.AllProperties(model).Where(Adoption.IsAdopted).Cast<IProperty>().Select(static (property, ordinal) =>
            {
                var mapping = property.GetTableColumnMappings().First();
                return new AdoptedColumn(
                    ordinal,
                    property,
                    (IProperty?)Adoption.PlaintextOf(property),
                    mapping.TableMapping.Table.Schema ?? "",
                    mapping.TableMapping.Table.Name,
                    mapping.Column.Name,
                    Adoption.PlaintextColumnOf(property),
                    EncryptionAnnotations.PurposeOf(property)!,
                    new ColumnAdoption { PlainColumn = Adoption.PlaintextColumnOf(property), Deadline = Adoption.DeadlineOf(property) },
                    EncryptionAnnotations.ConstantTenantOf(property.DeclaringType),
                    DefaultOf(property));
            }),
        ];
        HasDefaults = All.Any(static column => column.Default is not null);
        _byProperty = All.ToDictionary(static column => column.Property);
    }

    public static AdoptedColumns Of(IModel model) => model.GetOrAddRuntimeAnnotationValue(Annotation, static m => new AdoptedColumns(m!), model);

    /// <summary>Each at its ordinal; none in most models.</summary>
    public IReadOnlyList<AdoptedColumn> All { get; }

    public bool Any => All.Count > 0;

    /// <summary>True where a column of plaintext has a default.</summary>
    public bool HasDefaults { get; }

    public AdoptedColumn? Find(IProperty property) => _byProperty.GetValueOrDefault(property);

    /// <summary>Those of a type and its bases, and of its complex types.</summary>
    public IEnumerable<AdoptedColumn> Of(ITypeBase type) => Any ? type.GetFlattenedProperties().Select(Find).OfType<AdoptedColumn>() : [];

    private static PlaintextDefault? DefaultOf(IProperty property)
    {
        var column = Adoption.PlaintextOf(property) ?? property;
        object? constant = column == property ? property.FindAnnotation(EncryptionAnnotations.PlainDefault)?.Value
            : column.TryGetDefaultValue(out object? value) ? value : null;
        return constant is not null || column.GetDefaultValueSql() is not null ? new PlaintextDefault(constant) : null;
    }
}
