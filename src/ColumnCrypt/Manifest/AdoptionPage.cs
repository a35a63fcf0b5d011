using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>
/// The adopted columns of one database, as a node last read them: again with every change of the generation counter, and before that counts as
/// seen. Thread-safe; readings follow each other, so that a later one is never overwritten by an earlier one.
/// </summary>
internal sealed class AdoptionPage(StoreSession session, string database, KeyBounds bounds, RingServices services)
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Dictionary<(string Schema, string Table, string Column), ColumnAdoption>? _columns;
    private volatile IReadOnlyList<ColumnRecord> _rows = [];
    private long _readAt;
    private volatile bool _hasStore;

    /// <summary>True where what was read still holds. Where there is no installation yet, nothing is registered; that is believed for one poll interval.</summary>
    public bool IsFresh => _columns is not null && (_hasStore ? session.IsFresh && !session.IsBlocked : services.Time.GetElapsedTime(Volatile.Read(ref _readAt)) <= bounds.PollInterval);

    /// <summary>True once it was read from a store.</summary>
    public bool IsRead => _columns is not null && _hasStore;

    /// <summary>Every adopted column that was read.</summary>
    public IEnumerable<(string Table, string Column, ColumnAdoption Adoption)> All => _columns?.Select(static one => (one.Key.Table, one.Key.Column, one.Value)) ?? [];

    /// <exception cref="EncryptionModelException">The column is not known, and one whose plaintext is not believed any more has its purpose.</exception>
    public ColumnAdoption? Find(string schema, string table, string column, string purpose)
    {
        var found = _columns!.GetValueOrDefault((schema, table, column));
        if (found is null)
        {
            AdoptedColumns.RefuseRename(_rows, $"{table}.{column}", purpose);
        }

        return found;
    }

    public async Task ReadAsync()
    {
        await _reading.WaitAsync().ConfigureAwait(false);
        try
        {
            long at = services.Time.GetTimestamp();
            var installation = await session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false);
            var read = new Dictionary<(string, string, string), ColumnAdoption>();
            List<ColumnRecord> rows = [];
            foreach (var row in installation is null ? [] : await session.Store.ReadColumnsAsync(database, CancellationToken.None).ConfigureAwait(false))
            {
                installation!.Rows.Verify(row);
                if (row.Adoption.Length > 0)
                {
                    rows.Add(row);
                    read.Add((row.Schema, row.Table, row.Column), ColumnAdoption.Parse(row.Adoption));
                }
            }

            Tell(read);
            (_rows, _columns, _hasStore) = (rows, read, installation is not null);
            Volatile.Write(ref _readAt, at);
        }
        finally
        {
            _reading.Release();
        }
    }

    private void Tell(Dictionary<(string Schema, string Table, string Column), ColumnAdoption> read)
    {
        foreach (var (name, adoption) in read.Where(one => _columns?.GetValueOrDefault(one.Key)?.State != one.Value.State))
        {
            services.Logger.AdoptionChanged(name.Table, name.Column, adoption.State.ToString());
        }
    }
}
