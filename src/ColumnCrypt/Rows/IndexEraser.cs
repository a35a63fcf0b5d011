using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using ColumnCrypt.Audit;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rows;

/// <summary>
/// Sets the blind index columns of a shredded tenant's rows to NULL. Without the index key their values say nothing of plaintext any more,
/// but still which rows held equal values. A tenant's rows are those whose values are under its keys. Columns that the manifest names and the
/// table has no more are passed over. Walks each table by its primary key, a page of rows in one transaction; called again, it goes on with what
/// is left. Thread-safe.
/// </summary>
internal sealed class IndexEraser(OperatorStore store)
{
    private const int PageSize = 500;

    public async Task<long> ClearAsync(string tenant, DbDataSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var rows = await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (rows.Tenant is not { State: TenantState.Shredded })
        {
            throw new KeyStateException($"Tenant '{tenant}' is not shredded: its indexes are in use.");
        }

        var keys = rows.Keys.Where(static key => key.Kind == KeyKind.Data).Select(static (key, i) => ($"key{i}", (object)key.KeyId.ToArray())).ToList();
        var columns = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        long cleared = 0;
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var database = new DataDatabase(connection);
            var indexed = database.TablesOf(columns.Where(static column => column.IndexColumns.Length > 0)).SelectMany(static table => table).ToList();
            if (indexed.Count == 0 && columns.Any(static column => column.IndexColumns.Length > 0))
            {
                throw new KeyStateException("The manifest names no blind index in this database. Connect to the application's own, by the name that it uses itself.");
            }

            foreach (var column in indexed)
            {
                var there = await database.ColumnsAsync(column, cancellationToken).ConfigureAwait(false);
                var indexes = Names(column.IndexColumns).Where(there.Contains).Select(DataDatabase.Quote).ToList();
                if (indexes.Count > 0 && there.Contains(column.Column))
                {
                    cleared += await ClearAsync(database, column, indexes, keys, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await NoteAsync(tenant, cleared, cancellationToken).ConfigureAwait(false);
        return cleared;
    }

    private static async Task<long> ClearAsync(
        DataDatabase database, ColumnRecord column, IReadOnlyList<string> indexes, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        var primary = Names(column.KeyColumns).Select(DataDatabase.Quote).ToList();
        if (keys.Count == 0)
        {
            return 0;
        }

        if (primary.Count == 0)
        {
            throw new KeyStateException($"Table {column.Table} has no primary key by which its rows could be walked. Set {column.IndexColumns} to NULL by hand.");
        }

        string key = $"({string.Join(", ", primary)})";
        string last = $"({string.Join(", ", primary.Select(static (_, i) => $"@last{i}"))})";
        string mine = $"{DataDatabase.KeyIdOf(column)} IN ({string.Join(", ", keys.Select(static one => "@" + one.Name))}) AND ({string.Join(" OR ", indexes.Select(static name => $"{name} IS NOT NULL"))})";
        string ordered = string.Join(", ", primary);
        long cleared = 0;
        List<(string, object)> from = [];
        while (true)
        {
            string after = from.Count == 0 ? "" : $"{key} > {last} AND ";
            var page = await database.ReadAsync(
                string.Create(CultureInfo.InvariantCulture, $"SELECT {ordered} FROM {DataDatabase.TableOf(column)} WHERE {after}{mine} ORDER BY {ordered} LIMIT {PageSize}"),
                [.. keys, .. from],
                cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                await DemandNoneLeftAsync(database, column, mine, keys, cancellationToken).ConfigureAwait(false);
                return cleared;
            }

            var to = page[^1].Select(static (value, i) => ($"last{i}", value)).ToList();
            var first = page[0].Select(static (value, i) => ($"first{i}", value)).ToList();
            string between = $"{key} >= ({string.Join(", ", primary.Select(static (_, i) => $"@first{i}"))}) AND {key} <= {last}";
            cleared += await database.ChangeAsync(
                $"UPDATE {DataDatabase.TableOf(column)} SET {string.Join(", ", indexes.Select(static name => $"{name} = NULL"))} WHERE {between} AND {mine}",
                [.. keys, .. first, .. to],
                cancellationToken).ConfigureAwait(false);
            from = to;
        }
    }

    // A key of a type that is ordered in another way than it is compared, or rows written meanwhile.
    private static async Task DemandNoneLeftAsync(
        DataDatabase database, ColumnRecord column, string mine, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        var left = await database.ReadAsync($"SELECT count(*) FROM {DataDatabase.TableOf(column)} WHERE {mine}", keys, cancellationToken).ConfigureAwait(false);
        if (Convert.ToInt64(left[0][0], CultureInfo.InvariantCulture) is > 0 and var rows)
        {
            throw new KeyStateException($"{rows} rows of {column.Table} still have values in {column.IndexColumns}. Call it again; if they stay, set them to NULL by hand.");
        }
    }

    private static string[] Names(string json) => JsonSerializer.Deserialize<string[]>(json)!;

    private async Task NoteAsync(string tenant, long cleared, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var chain = new AuditChain(installation.Audit);
        var entry = store.Entries.Make(AuditActions.ShredIndexes, tenant, null, string.Create(CultureInfo.InvariantCulture, $"the index columns of {cleared} rows were cleared"));
        await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), CancellationToken.None).ConfigureAwait(false);
    }
}
