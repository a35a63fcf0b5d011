using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Before ciphertext is read: none of the columns that the model has without their plaintext is being adopted, or on its way back, where another version may
/// have written the plaintext alone. What only reads registers nothing, and asks the manifest. Thread-safe.
/// </summary>
internal static class ReadCheck
{
    private const string Annotation = "ColumnCrypt:ReadColumns";

    /// <exception cref="EncryptionModelException">One of them is.</exception>
    /// <exception cref="KeyUnavailableException">The manifest cannot be read now.</exception>
    public static async ValueTask RunAsync(ContextScope scope, string? tenant, CancellationToken cancellationToken)
    {
        if (ColumnsOf(scope.Context.Model) is { Count: > 0 } columns)
        {
            string reader = tenant ?? scope.Tenant.OfKeyStore();
            string database = ColumnManifest.DatabaseOf(scope, reader);
            await scope.Instance.PrepareAdoptionsAsync(reader, database, cancellationToken).ConfigureAwait(false);
            scope.Instance.DemandReadable(reader, database, columns);
        }
    }

    /// <inheritdoc cref="RunAsync"/>
    public static void Run(ContextScope scope, string? tenant)
    {
        if (ColumnsOf(scope.Context.Model) is { Count: > 0 } columns)
        {
            string reader = tenant ?? scope.Tenant.OfKeyStore();
            string database = ColumnManifest.DatabaseOf(scope, reader);
            scope.Instance.PrepareAdoptions(reader, database);
            scope.Instance.DemandReadable(reader, database, columns);
        }
    }

    private static IReadOnlyList<(string Schema, string Table, string Column)> ColumnsOf(IModel model) => model.GetOrAddRuntimeAnnotationValue(
        Annotation,
        static m => (IReadOnlyList<(string, string, string)>)
        [
            .. EncryptedColumns.Of(m!)
                .Where(static column => column.Mapping is IColumnMapping && !Adoption.IsAdopted(column.Property))
                .Select(static column => (column.Mapping.TableMapping.Table.Schema ?? "", column.Mapping.TableMapping.Table.Name, column.Mapping.Column.Name)),
        ],
        model);
}
