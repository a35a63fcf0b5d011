using System.Text.Json;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Rows;

/// <summary>Where the indexes of a column are, as the manifest names them: names of columns, and objects that name tables of tokens. Immutable.</summary>
/// <param name="Columns">The index columns.</param>
/// <param name="Tables">The tables of tokens.</param>
internal sealed record IndexedPlaces(IReadOnlyList<string> Columns, IReadOnlyList<TokenTableName> Tables)
{
    public static IndexedPlaces Of(ColumnRecord column)
    {
        var elements = JsonSerializer.Deserialize<JsonElement[]>(column.IndexColumns)!.ToLookup(static element => element.ValueKind == JsonValueKind.Object);
        return new IndexedPlaces([.. elements[false].Select(static element => element.GetString()!)], [.. elements[true].Select(TableOf)]);
    }

    private static TokenTableName TableOf(JsonElement element) => new(
        element.GetProperty("table").GetString()!,
        element.TryGetProperty("schema", out var schema) ? schema.GetString()! : "",
        [.. element.GetProperty("key").EnumerateArray().Select(static name => name.GetString()!)]);
}
