using System.Text.Json;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rows;

namespace ColumnCrypt.Stepping;

/// <summary>Makes the tables of a pass from the manifest and from what the database says of them. Stateless, thread-safe.</summary>
internal static class TableReader
{
    /// <summary>The columns of a manifest's row's primary key.</summary>
    /// <exception cref="KeyStateException">It has none, or the database has another.</exception>
    public static IReadOnlyList<StepColumn> KeysOf(ColumnRecord column, IReadOnlyDictionary<string, ColumnShape> shape)
    {
        string[] names = JsonSerializer.Deserialize<string[]>(column.KeyColumns)!;
        return names.Length == 0
            ? throw new KeyStateException($"Table {column.Table} has no primary key by which its rows could be walked. Give it one, register it anew, and run this again.")
            : [.. names.Select(name => ColumnOf(column, name, shape, isSet: false, isGuard: false))];
    }

    /// <summary>A column of the table of a manifest's row.</summary>
    /// <exception cref="KeyStateException">The table has no such column.</exception>
    public static StepColumn ColumnOf(ColumnRecord column, string name, IReadOnlyDictionary<string, ColumnShape> shape, bool isSet, bool isGuard) =>
        shape.TryGetValue(name, out var found)
            ? new StepColumn(name, found, isSet, isGuard)
            : throw new KeyStateException($"Table {DataDatabase.TableOf(column)} has no column '{name}', which the manifest names. Where it was renamed or dropped, start the application's current version first.");
}
