using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rows;

/// <summary>
/// Sets the blind index columns of a shredded tenant's rows to NULL, and deletes their tokens. Without the index key their values say nothing of
/// plaintext any more, but still which rows held equal values. A tenant's rows are those whose values are under its keys. Columns that the manifest
/// names and the table has no more, and tables that are gone, are passed over. Walks each table by its primary key, a page of rows in one
/// transaction; called again, it goes on with what is left. Thread-safe.
/// </summary>
internal sealed class IndexEraser(OperatorStore store)
{
    private const int PageSize = 500;

    // So many characters behind the prefix name a key.
    private const int TextSize = 23;

    public async Task<long> ClearAsync(string tenant, DbDataSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var rows = await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (rows.Tenant is not { State: TenantState.Shredded })
        {
            throw new KeyStateException($"Tenant '{tenant}' is not shredded: its indexes are in use.");
        }

        List<(string Name, object Value)> keys = [.. rows.Keys.Where(static key => key.Kind == KeyKind.Data).SelectMany(static (key, i) => HeadsOf(key.KeyId, i))];
        var columns = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        long cleared = 0;
        int gone = 0;
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var database = new DataDatabase(connection);
            var indexed = DataDatabase.TablesOf(columns.Where(static column => column.IndexColumns.Length > 0), store.Databases.Of(connection)).SelectMany(static table => table).ToList();
            if (indexed.Count == 0 && columns.Any(static column => column.IndexColumns.Length > 0))
            {
                throw new KeyStateException("The manifest names no blind index in this database. Connect to the application's own, by the name that it uses itself.");
            }

            foreach (var column in indexed)
            {
                var there = await database.ColumnsAsync(column, cancellationToken).ConfigureAwait(false);
                if (!there.Contains(column.Column) || keys.Count == 0)
                {
                    continue;
                }

                var places = IndexedPlaces.Of(column);
                var indexes = places.Columns.Where(there.Contains).Select(DataDatabase.Quote).ToList();
                if (indexes.Count > 0)
                {
                    cleared += await ClearColumnsAsync(database, column, indexes, keys, cancellationToken).ConfigureAwait(false);
                }

                foreach (var tokens in places.Tables)
                {
                    if (await database.HasTableAsync(tokens.Schema, tokens.Table, cancellationToken).ConfigureAwait(false))
                    {
                        cleared += await DeleteTokensAsync(database, column, tokens, keys, cancellationToken).ConfigureAwait(false);
                    }
                    else
                    {
                        gone++;
                    }
                }
            }
        }

        await NoteAsync(tenant, cleared, gone, cancellationToken).ConfigureAwait(false);
        return cleared;
    }

    private static async Task<long> ClearColumnsAsync(
        DataDatabase database, ColumnRecord column, IReadOnlyList<string> indexes, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        string table = DataDatabase.TableOf(column);
        string under = await UnderKeysAsync(database, column, keys, cancellationToken).ConfigureAwait(false);
        return await WalkAsync(
            database,
            column,
            $"{under} AND ({string.Join(" OR ", indexes.Select(static name => $"{name} IS NOT NULL"))})",
            mine => $"UPDATE {table} SET {string.Join(", ", indexes.Select(static name => $"{name} = NULL"))} WHERE {mine}",
            keys,
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<long> DeleteTokensAsync(
        DataDatabase database, ColumnRecord column, TokenTableName tokens, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        string table = DataDatabase.TableOf(column);
        string side = DataDatabase.TableOf(tokens.Schema, tokens.Table);
        string same = string.Join(" AND ", tokens.Key.Zip(Names(column.KeyColumns), (mine, its) => $"{side}.{DataDatabase.Quote(mine)} = {table}.{DataDatabase.Quote(its)}"));
        string under = await UnderKeysAsync(database, column, keys, cancellationToken).ConfigureAwait(false);
        return await WalkAsync(
            database,
            column,
            $"{under} AND EXISTS (SELECT 1 FROM {side} WHERE {same})",
            mine => $"DELETE FROM {side} WHERE EXISTS (SELECT 1 FROM {table} WHERE {same} AND {mine})",
            keys,
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> UnderKeysAsync(DataDatabase database, ColumnRecord column, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        var head = await database.HeadOfAsync(column, DataDatabase.TableOf(column), TextForm.Prefix.Length + TextSize, cancellationToken).ConfigureAwait(false);
        return $"{head.Sql} IN ({string.Join(", ", keys.Where(one => one.Value is string ? head.HasText : head.HasBytes).Select(static one => "@" + one.Name))})";
    }

    // The 23rd character of a text form ends with two bits of the nonce, which may be any.
    private static IEnumerable<(string Name, object Value)> HeadsOf(KeyId keyId, int number)
    {
        byte[] id = keyId.ToArray();
        yield return ($"key{number}", id);
        for (int bits = 0; bits < 4; bits++)
        {
            yield return ($"key{number}text{bits}", TextForm.Encode([ValueFrame.Suite1, .. id, (byte)(bits << 6)])[..(TextForm.Prefix.Length + TextSize)]);
        }
    }

    /// <summary>Walks the rows that a condition holds of, a page at a time, and runs a statement for each page.</summary>
    /// <returns>How many rows there were.</returns>
    private static async Task<long> WalkAsync(
        DataDatabase database, ColumnRecord column, string mine, Func<string, string> change, IReadOnlyList<(string Name, object Value)> keys, CancellationToken cancellationToken)
    {
        var primary = Names(column.KeyColumns).Select(name => $"{DataDatabase.TableOf(column)}.{DataDatabase.Quote(name)}").ToList();
        if (primary.Count == 0)
        {
            throw new KeyStateException($"Table {column.Table} has no primary key by which its rows could be walked. Clear {column.IndexColumns} by hand.");
        }

        string key = $"({string.Join(", ", primary)})";
        string last = $"({string.Join(", ", primary.Select(static (_, i) => $"@last{i}"))})";
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
            await database.ChangeAsync(change($"{between} AND {mine}"), [.. keys, .. first, .. to], cancellationToken).ConfigureAwait(false);
            cleared += page.Count;
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
            throw new KeyStateException($"{rows} rows of {column.Table} still have values in {column.IndexColumns}. Call it again; if they stay, clear them by hand.");
        }
    }

    private static string[] Names(string json) => JsonSerializer.Deserialize<string[]>(json)!;

    private async Task NoteAsync(string tenant, long cleared, int gone, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var chain = new AuditChain(installation.Audit);
        string detail = string.Create(
            CultureInfo.InvariantCulture, $"the index columns of {cleared} rows were cleared{(gone == 0 ? "" : $"; token tables that were gone: {gone}")}");
        var entry = store.Entries.Make(AuditActions.ShredIndexes, tenant, null, detail);
        await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), CancellationToken.None).ConfigureAwait(false);
    }
}
