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
    public static readonly KekStanding Unknown = new([]);

    private readonly Dictionary<string, KekRecord> _rows = rows.ToDictionary(static row => row.KekId, StringComparer.Ordinal);

    /// <summary>The KEK whose row is gone, or in an older version than before; null where there is none.</summary>
    public string? FindOlder(KekStanding before) => before._rows.Values
        .FirstOrDefault(row => !_rows.TryGetValue(row.KekId, out var now) || now.RowVersion < row.RowVersion)?.KekId;

    /// <summary>False for a KEK that is retired or destroyed.</summary>
    public bool MayWrap(string kekId) => _rows.GetValueOrDefault(kekId)?.State is null or KekState.Active;

    /// <summary>Active ones first, by priority; those of the same standing in the order in which they come.</summary>
    public IEnumerable<IKeyEncryptionKey> Sort(IEnumerable<IKeyEncryptionKey> keks) =>
        keks.OrderBy(kek => _rows.GetValueOrDefault(kek.Id)?.State ?? KekState.Active).ThenBy(kek => _rows.GetValueOrDefault(kek.Id)?.Priority ?? 0);
}
