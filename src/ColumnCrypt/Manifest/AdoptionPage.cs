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
    private volatile Dictionary<(string Schema, string Table, string Column), (ColumnAdoption Adoption, ColumnRecord Row)>? _columns;
    private long _readAt;
    private volatile bool _hasStore;

    /// <summary>True where what was read still holds. Where there is no installation yet, nothing is registered; that is believed for one poll interval.</summary>
    public bool IsFresh => _columns is not null && (_hasStore ? session.IsFresh && !session.IsBlocked : services.Time.GetElapsedTime(Volatile.Read(ref _readAt)) <= bounds.PollInterval);

    /// <summary>True once it was read from a store.</summary>
    public bool IsRead => _columns is not null && _hasStore;

    /// <summary>Every adopted column that was read.</summary>
    public IEnumerable<(string Table, string Column, ColumnAdoption Adoption)> All => _columns?.Select(static one => (one.Key.Table, one.Key.Column, one.Value.Adoption)) ?? [];

    /// <exception cref="EncryptionModelException">The column is not known, and one whose plaintext is not believed any more has its purpose.</exception>
    public ColumnAdoption? Find(string schema, string table, string column, string purpose)
    {
        var columns = _columns!;
        if (columns.TryGetValue((schema, table, column), out var found))
        {
            return found.Adoption;
        }

        AdoptedColumns.RefuseRename([.. columns.Values.Select(static known => known.Row)], $"{table}.{column}", purpose);
        return null;
    }

    /// <summary>Objects where one of the columns, which a version of the application has without their plaintext, must not read.</summary>
    /// <exception cref="EncryptionModelException">One is; the message names the next step.</exception>
    public void DemandReadable(IReadOnlyList<(string Schema, string Table, string Column)> columns)
    {
        var known = _columns!;
        if (known.Count == 0)
        {
            return;
        }

        foreach (var column in columns)
        {
            if (known.TryGetValue(column, out var found))
            {
                AdoptedColumns.RefuseWithout(found.Adoption, $"{column.Table}.{column.Column}");
            }
        }
    }

    public async Task ReadAsync()
    {
        await _reading.WaitAsync().ConfigureAwait(false);
        try
        {
            long at = services.Time.GetTimestamp();
            var installation = await session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false);
            var read = new Dictionary<(string, string, string), (ColumnAdoption Adoption, ColumnRecord Row)>();
            foreach (var row in installation is null ? [] : await session.Store.ReadColumnsAsync(database, CancellationToken.None).ConfigureAwait(false))
            {
                installation!.Rows.Verify(row);
                if (row.Adoption.Length > 0)
                {
                    read.Add((row.Schema, row.Table, row.Column), (ColumnAdoption.Parse(row.Adoption), row));
                }
            }

            KeepNewer(installation, read);
            Tell(read);
            (_columns, _hasStore) = (read, installation is not null);
            Volatile.Write(ref _readAt, at);
        }
        finally
        {
            _reading.Release();
        }
    }

    // Who puts an older row back, or takes it away, would have plaintext believed again. What is gone stands for what it was, while this process lives.
    private void KeepNewer(Installation? installation, Dictionary<(string Schema, string Table, string Column), (ColumnAdoption Adoption, ColumnRecord Row)> read)
    {
        foreach (var (name, known) in _columns ?? [])
        {
            if (!read.TryGetValue(name, out var now))
            {
                read.Add(name, known);
            }
            else if (now.Row.RowVersion < known.Row.RowVersion)
            {
                throw installation!.Rows.Tampered("columncrypt_column", $"{name.Table}.{name.Column}");
            }
        }
    }

    private void Tell(Dictionary<(string Schema, string Table, string Column), (ColumnAdoption Adoption, ColumnRecord Row)> read)
    {
        foreach (var (name, (adoption, _)) in read.Where(one => _columns?.GetValueOrDefault(one.Key).Adoption?.State != one.Value.Adoption.State))
        {
            services.Logger.AdoptionChanged(name.Table, name.Column, adoption.State.ToString());
        }
    }
}
