using System.Data.Common;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rows;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Reencrypting;

/// <summary>Which columns of the manifest a re-encryption walks, and which it counts. Immutable.</summary>
/// <param name="Database">The database, as the manifest names it.</param>
/// <param name="Tables">The columns that are walked, table by table.</param>
/// <param name="All">All columns of the manifest that the database has.</param>
/// <param name="Elsewhere">How many columns are in other databases.</param>
internal sealed record ReencryptScope(string Database, IReadOnlyList<IReadOnlyList<ColumnRecord>> Tables, IReadOnlyList<ColumnRecord> All, int Elsewhere)
{
    public static async Task<ReencryptScope> OfAsync(
        IReadOnlyList<ColumnRecord> manifest, DataDatabase database, string name, RowDialect dialect, DbConnection connection, IReadOnlySet<string>? named, CancellationToken cancellationToken)
    {
        var there = new List<ColumnRecord>();
        foreach (var table in DataDatabase.TablesOf(manifest, name))
        {
            // What is gone from the database has no rows to move.
            var shape = await dialect.ShapeAsync(connection, table[0].Schema, table[0].Table, cancellationToken).ConfigureAwait(false);
            there.AddRange(table.Where(column => shape.ContainsKey(column.Column)));
            await database.DemandWholeAsync(table[0].Schema, table[0].Table, cancellationToken).ConfigureAwait(false);
        }

        if (there.Count == 0)
        {
            throw new KeyStateException(
                $"The manifest names no encrypted column of the database '{name}'. Connect to the application's own, by the name that it uses itself, once it has written there.");
        }

        var walked = there.Where(column => named is null || named.Contains(ColumnName.Of(column)) || named.Contains(ColumnName.Short(column))).ToList();
        string? unknown = named?.FirstOrDefault(one => !there.Exists(column => ColumnName.Of(column) == one || ColumnName.Short(column) == one));
        return unknown is null
            ? new ReencryptScope(name, [.. DataDatabase.TablesOf(walked, name)], there, manifest.Count(column => column.Database != name))
            : throw new KeyStateException($"The manifest names no encrypted column '{unknown}' of the database '{name}'. It has {string.Join(", ", there.Select(ColumnName.Of))}.");
    }
}
