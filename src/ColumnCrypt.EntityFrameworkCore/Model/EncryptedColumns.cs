using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Lists where a model's encrypted properties are stored.</summary>
internal static class EncryptedColumns
{
    /// <summary>Every column that holds an encrypted property: tables' first, those of views that no table backs after them.</summary>
    public static IEnumerable<(IProperty Property, IColumnMappingBase Mapping)> Of(IModel model) =>
        EncryptionAnnotations.AllProperties(model).Where(EncryptionAnnotations.IsEncrypted).Cast<IProperty>().SelectMany(static property =>
        {
            var tables = property.GetTableColumnMappings().Cast<IColumnMappingBase>().ToList();
            return (tables.Count > 0 ? tables : property.GetViewColumnMappings().Cast<IColumnMappingBase>())
                .DistinctBy(static mapping => mapping.Column)
                .Select(mapping => (property, mapping));
        });

    /// <summary>The columns of one table that hold the blind indexes of a property, with their index versions; that of the whole value first.</summary>
    public static IEnumerable<(string Name, int Version)> IndexColumnsOf(IProperty property, IColumnMappingBase mapping) =>
        BlindIndexes.Of(property)
            .Select(static p => (Property: (IProperty)p, Marker: IndexConverter.MarkerOf(p.GetTypeMapping().Converter)!))
            .OrderByDescending(static i => i.Marker.Kind == IndexOptions.Whole)
            .ThenBy(static i => i.Marker.Version)
            .SelectMany(index => mapping.TableMapping.ColumnMappings
                .Where(m => m.Property == index.Property)
                .Select(m => (m.Column.Name, index.Marker.Version)));
}
