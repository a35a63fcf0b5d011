using System.Text.Json;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>
/// The index columns that the manifest names for a column: all that any version of the application has had, so that a shred finds them whichever
/// version runs. What is gone from the table is passed over there. Stateless, thread-safe.
/// </summary>
internal static class IndexColumns
{
    /// <summary>A manifest's row with the index columns that a model has, added to those that it names; null where it names them all.</summary>
    public static ColumnRecord? Merge(ColumnRecord before, ColumnRecord now)
    {
        var known = Of(before);
        var added = Of(now).Except(known, StringComparer.Ordinal).ToList();
        return added.Count == 0
            ? null
            : before with { IndexColumns = $"[{string.Join(",", known.Concat(added))}]", IndexVersion = Math.Max(before.IndexVersion, now.IndexVersion) };
    }

    // Each element as JSON has it, for it may be more than a name.
    private static List<string> Of(ColumnRecord column) =>
        column.IndexColumns.Length == 0 ? [] : [.. JsonSerializer.Deserialize<JsonElement[]>(column.IndexColumns)!.Select(static element => element.GetRawText())];
}
