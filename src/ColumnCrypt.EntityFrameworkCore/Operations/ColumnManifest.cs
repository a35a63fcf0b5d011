using System.Collections.Concurrent;
using System.Text.Json;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>The encrypted columns of a context's model, as the manifest lists them.</summary>
internal static class ColumnManifest
{
    private const string Annotation = "ColumnCrypt:Manifest";

    /// <summary>The columns of a context, and the name of its database.</summary>
    /// <param name="scope">The context's scope.</param>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    public static (string Database, IReadOnlyList<ColumnRecord> Columns) Of(ContextScope scope, string tenant)
    {
        string database = DatabaseOf(scope, tenant);
        return (database, ColumnsOf(scope.Context.Model, database, scope.Tenant.IsMultiTenant));
    }

    /// <summary>The database as the manifest names it.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public static string DatabaseOf(ContextScope scope, string tenant) => scope.Instance.NameOfDatabase(tenant, scope.Context.Database.GetDbConnection());

    private static IReadOnlyList<ColumnRecord> ColumnsOf(IModel model, string database, bool isMultiTenant) =>
        model.GetOrAddRuntimeAnnotationValue(Annotation, static _ => new ConcurrentDictionary<(string Database, bool IsMultiTenant), IReadOnlyList<ColumnRecord>>(), model)
            .GetOrAdd((database, isMultiTenant && AdoptedColumns.Of(model).Any), static (of, m) => [.. Records(m, of.Database, of.IsMultiTenant)], model);

    private static IEnumerable<ColumnRecord> Records(IModel model, string database, bool isMultiTenant) =>
        EncryptedColumns.Of(model).Where(static c => c.Mapping is IColumnMapping).Select(column => Record(column.Property, column.Mapping, database, isMultiTenant));

    private static ColumnRecord Record(IProperty property, IColumnMappingBase mapping, string database, bool isMultiTenant)
    {
        var indexes = EncryptedColumns.IndexColumnsOf(property, mapping).ToList();
        var tokens = SavedTokens.Of(property).ToList();
        List<object> places = [.. indexes.Select(static i => i.Name), .. tokens.Select(PlaceOf)];
        return new ColumnRecord
        {
            Database = database,
            Schema = mapping.TableMapping.Table.Schema ?? "",
            Table = mapping.TableMapping.Table.Name,
            Column = mapping.Column.Name,
            Purpose = EncryptionAnnotations.PurposeOf(property)!,
            Codec = (string)property.FindAnnotation(EncryptionAnnotations.Codec)!.Value!,
            KeyColumns = JsonSerializer.Serialize(((ITable)mapping.TableMapping.Table).PrimaryKey?.Columns.Select(static c => c.Name) ?? []),
            IndexColumns = places.Count == 0 ? "" : JsonSerializer.Serialize(places),
            Adoption = AdoptionDeclaration.Of(property, mapping, isMultiTenant)?.ToJson() ?? "",
            IndexVersion = indexes.Select(static i => i.Version).Concat(tokens.Select(static t => t.Version)).DefaultIfEmpty().Max(),
        };
    }

    private static object PlaceOf(SavedTokens tokens) => tokens.Schema is null
        ? new { table = tokens.Table, key = tokens.Key.Select(static key => key.Column) }
        : new { table = tokens.Table, schema = tokens.Schema, key = tokens.Key.Select(static key => key.Column) };
}
