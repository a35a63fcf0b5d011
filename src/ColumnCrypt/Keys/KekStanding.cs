using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// What the key store says of KEKs: which of them wrap, and in which order they unwrap. It restricts what the configuration allows, and
/// allows nothing itself. Immutable.
/// </summary>
/// <param name="rows">The rows of the KEK table, their macs checked.</param>
internal sealed class KekStanding(IEnumerable<KekRecord> rows)
{
    /// <summary>The priority of an escrow KEK: behind every other.</summary>
    public const int LastPriority = int.MaxValue;

    public static readonly KekStanding Unknown = new([]);

    private readonly Dictionary<string, KekRecord> _rows = rows.ToDictionary(static row => row.KekId, StringComparer.Ordinal);

    /// <summary>The KEK whose row is gone, or in an older version than before; null where there is none.</summary>
    public string? FindOlder(KekStanding before) => before._rows.Values
        .FirstOrDefault(row => !_rows.TryGetValue(row.KekId, out var now) || now.RowVersion < row.RowVersion)?.KekId;

    /// <summary>False for a KEK that is retired or destroyed; for a hierarchical one where its inner KEK is, or the layer of intermediate keys.</summary>
    public bool MayWrap(string kekId) => IsActive(HierarchicalUri.InnerOf(kekId)) && (!HierarchicalUri.IsHierarchical(kekId) || IsActive(HierarchicalUri.Layer));

    /// <summary>Active ones first, by priority; those of the same standing in the order in which they come.</summary>
    public IEnumerable<IKeyEncryptionKey> Sort(IEnumerable<IKeyEncryptionKey> keks) =>
        keks.OrderBy(kek => _rows.GetValueOrDefault(kek.Id)?.State ?? KekState.Active).ThenBy(kek => _rows.GetValueOrDefault(kek.Id)?.Priority ?? 0);

    private bool IsActive(string kekId) => _rows.GetValueOrDefault(kekId)?.State is null or KekState.Active;
}
