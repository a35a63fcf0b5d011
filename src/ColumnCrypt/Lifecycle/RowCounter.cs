using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Lifecycle;

/// <summary>
/// Counts the rows that are under a key, column by column of the manifest: the key id stands in the bytes 1 to 16 of a value (docs/SPEC.md,
/// section 4). One scan a table, outside a transaction, on whatever connection is given: a replica will do. Thread-safe.
/// </summary>
internal sealed class RowCounter(OperatorStore store)
{
    public async Task<IReadOnlyList<ColumnRows>> CountAsync(KeyId keyId, DbDataSource data, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        var columns = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        var connection = await data.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string database = connection.Database is "main" or "" ? Path.GetFileName(connection.DataSource) : connection.Database;
            var counted = new Dictionary<ColumnRecord, long>();
            foreach (var table in columns.Where(column => column.Database == database).GroupBy(static column => (column.Schema, column.Table)))
            {
                await CountAsync(connection, keyId, [.. table], counted, cancellationToken).ConfigureAwait(false);
            }

            return [.. columns.Select(column => new ColumnRows(column, counted.TryGetValue(column, out long rows) ? rows : null))];
        }
    }

    private static async Task CountAsync(
        DbConnection connection, KeyId keyId, IReadOnlyList<ColumnRecord> columns, Dictionary<ColumnRecord, long> counted, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            // Names are quoted whole; the only value is a parameter.
            var counts = columns.Select(static column => $"count(CASE WHEN substr({Quote(column.Column)}, 2, {KeyId.Size}) = @key_id THEN 1 END)");
            var table = columns[0].Schema.Length == 0 ? Quote(columns[0].Table) : $"{Quote(columns[0].Schema)}.{Quote(columns[0].Table)}";
#pragma warning disable CA2100 // The names are the manifest's, quoted.
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT {string.Join(", ", counts)} FROM {table}");
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            var parameter = command.CreateParameter();
            parameter.ParameterName = "key_id";
            parameter.Value = keyId.ToArray();
            command.Parameters.Add(parameter);
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < columns.Count; i++)
                {
                    counted[columns[i]] = reader.GetInt64(i);
                }
            }
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
