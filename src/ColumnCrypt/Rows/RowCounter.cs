using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Rows;

/// <summary>
/// Counts the rows that are under a key, column by column of the manifest. One scan a column, outside a transaction, on whatever connection is
/// given. Thread-safe.
/// </summary>
internal sealed class RowCounter(OperatorStore store)
{
    /// <exception cref="KeyStateException">Rows are under the key, or may be.</exception>
    public static void DemandNone(KeyId keyId, IReadOnlyList<ColumnRows> counted)
    {
        var used = counted.Where(static one => one.Rows > 0).ToList();
        if (used.Count > 0)
        {
            throw new KeyStateException(string.Create(
                CultureInfo.InvariantCulture,
                $"{used.Sum(static one => one.Rows)} values are under key {keyId} ({string.Join(", ", used.Select(static one => $"{one.Column.Table}.{one.Column.Column}: {one.Rows}"))}): they would be lost. Move them first: columncrypt reencrypt."));
        }

        if (counted.FirstOrDefault(static one => one.Rows is null) is { } elsewhere)
        {
            throw new KeyStateException(
                $"Whether rows are under key {keyId} is not known: {elsewhere.Column.Table}.{elsewhere.Column.Column} is in the database '{elsewhere.Column.Database}', which was not counted. Count there (columncrypt keys rows), then destroy it without a database.");
        }
    }

    /// <summary>Counts.</summary>
    /// <param name="keyId">The key.</param>
    /// <param name="source">The database.</param>
    /// <param name="isVerdict">True where a key ends by what is counted: then what others have written and not committed yet is waited for, and a replica will not do.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlyList<ColumnRows>> CountAsync(KeyId keyId, DbDataSource source, bool isVerdict, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var columns = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var database = new DataDatabase(connection);
            if (isVerdict)
            {
                await new OpenWriters(database, TimeProvider.System).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            var counted = new Dictionary<ColumnRecord, long>();
            foreach (var column in DataDatabase.TablesOf(columns, store.Databases.Of(connection)).SelectMany(static table => table))
            {
                counted[column] = (await KeyCensus.CountAsync(database, [column], cancellationToken).ConfigureAwait(false)).GetValueOrDefault(keyId);
            }

            return [.. columns.Select(column => new ColumnRows(column, counted.TryGetValue(column, out long rows) ? rows : null))];
        }
    }
}
