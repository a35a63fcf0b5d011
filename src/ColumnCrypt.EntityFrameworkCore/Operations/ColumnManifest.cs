using System.Collections.Concurrent;
using System.Text.Json;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>The encrypted columns of a context's model, as the manifest lists them.</summary>
internal static class ColumnManifest
{
    private const string Annotation = "ColumnCrypt:Manifest";

    /// <summary>The columns of a context, and the name of its database.</summary>
    public static (string Database, IReadOnlyList<ColumnRecord> Columns) Of(DbContext context)
    {
        string database = DatabaseOf(context);
        return (database, ColumnsOf(context.Model, database));
    }

    /// <summary>The database as the manifest names it: a server's database, or the name of a SQLite file.</summary>
    private static string DatabaseOf(DbContext context)
    {
        var connection = context.Database.GetDbConnection();
        return connection.Database is "main" or "" ? Path.GetFileName(connection.DataSource) : connection.Database;
    }

    private static IReadOnlyList<ColumnRecord> ColumnsOf(IModel model, string database) =>
        model.GetOrAddRuntimeAnnotationValue(Annotation, static _ => new ConcurrentDictionary<string, IReadOnlyList<ColumnRecord>>(StringComparer.Ordinal), model)
            .GetOrAdd(database, static (name, m) => [.. Records(m, name)], model);

    private static IEnumerable<ColumnRecord> Records(IModel model, string database) =>
        EncryptedColumns.Of(model).Where(static c => c.Mapping is IColumnMapping).Select(column => Record(column.Property, column.Mapping, database));

    private static ColumnRecord Record(IProperty property, IColumnMappingBase mapping, string database)
    {
        var indexes = EncryptedColumns.IndexColumnsOf(property, mapping).ToList();
        return new ColumnRecord
        {
            Database = database,
            Schema = mapping.TableMapping.Table.Schema ?? "",
            Table = mapping.TableMapping.Table.Name,
            Column = mapping.Column.Name,
            Purpose = EncryptionAnnotations.PurposeOf(property)!,
            Codec = (string)property.FindAnnotation(EncryptionAnnotations.Codec)!.Value!,
            KeyColumns = JsonSerializer.Serialize(((ITable)mapping.TableMapping.Table).PrimaryKey?.Columns.Select(static c => c.Name) ?? []),
            IndexColumns = indexes.Count == 0 ? "" : JsonSerializer.Serialize(indexes.Select(static i => i.Name)),
            IndexVersion = indexes.Count == 0 ? 0 : indexes.Max(static i => i.Version),
        };
    }
}
