using System.Collections.Concurrent;
using ColumnCrypt.Audit;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>
/// Keeps the manifest: which columns hold ciphertext, under which purpose and codec. Old and new versions of an application run
/// side by side; what would make rows unreadable is refused. Thread-safe.
/// </summary>
internal sealed class ColumnManifest(RingServices services)
{
    // Each that fails lets one of the nodes that start at the same time pass.
    private const int MaxAttempts = 64;

    /// <summary>For good.</summary>
    private const long Always = -1;

    private readonly ConcurrentDictionary<(StoreSession Session, string Database, IReadOnlyList<ColumnRecord> Columns), long> _registered = new();
    private readonly ConcurrentDictionary<StoreSession, Round> _rounds = new();

    /// <summary>
    /// True where this very list was registered before: nothing is left to do. Columns that were adopted once, and that the list has without their adoption, are
    /// compared anew with every change of the generation counter: they may be on the way back to plaintext, which this version does not write.
    /// </summary>
    public bool IsRegistered(StoreSession session, string database, IReadOnlyList<ColumnRecord> columns) =>
        _registered.TryGetValue((session, database, columns), out long round) && (round == Always || round == RoundOf(session));

    /// <summary>Compares the columns with the manifest and writes what is new.</summary>
    /// <param name="session">The key store.</param>
    /// <param name="database">The database.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="isLone">Whether a column that is declared adopted holds ciphertext where its plaintext is NULL; asked of one that is not known. Null where nobody can say.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task RegisterAsync(
        StoreSession session, string database, IReadOnlyList<ColumnRecord> columns, Func<ColumnRecord, CancellationToken, Task<bool>>? isLone, CancellationToken cancellationToken)
    {
        // Where another node writes at the same time, the manifest is compared anew.
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            long round = RoundOf(session);
            if (await TryRegisterAsync(session, database, columns, isLone, cancellationToken).ConfigureAwait(false) is { } isForGood)
            {
                _registered[(session, database, columns)] = isForGood ? Always : round;
                return;
            }
        }

        throw new KeyUnavailableException(
            KeyUnavailableReason.Unavailable,
            $"The manifest's rows of '{database}' could not be written in {MaxAttempts} attempts. Try again; if it stays so, see whether this role may insert and update columncrypt_column (RoleScript).");
    }

    private long RoundOf(StoreSession session) => _rounds.GetOrAdd(session, static s =>
    {
        var round = new Round();
        s.ReadAgain(round.NextAsync);
        return round;
    }).Number;

    // Null where another node wrote; else whether it need not be compared again.
    private async Task<bool?> TryRegisterAsync(
        StoreSession session, string database, IReadOnlyList<ColumnRecord> columns, Func<ColumnRecord, CancellationToken, Task<bool>>? isLone, CancellationToken cancellationToken)
    {
        var installation = (await session.GetInstallationAsync(create: true, cancellationToken).ConfigureAwait(false))!;
        var known = await session.Store.ReadColumnsAsync(database, cancellationToken).ConfigureAwait(false);
        foreach (var row in known)
        {
            installation.Rows.Verify(row);
        }

        var byName = known.ToDictionary(static row => (row.Schema, row.Table, row.Column));
        List<ColumnRecord> fresh = [];
        List<ColumnRecord> changed = [];
        foreach (var column in columns)
        {
            if (byName.TryGetValue((column.Schema, column.Table, column.Column), out var before))
            {
                RefuseChange(before, column);
                var indexed = IndexColumns.Merge(before, column);
                if ((AdoptedColumns.Merge(indexed ?? before, column, ColumnName.Of(column)) ?? indexed) is { } merged)
                {
                    changed.Add(installation.Rows.Sign(merged with { RowVersion = before.RowVersion + 1 }));
                }
            }
            else
            {
                if (column.Adoption.Length > 0)
                {
                    AdoptedColumns.RefuseRename(known, ColumnName.Of(column), column.Purpose);
                    if (isLone is not null && await isLone(column, cancellationToken).ConfigureAwait(false))
                    {
                        // Unless another node has begun meanwhile: whatever there is now came after that.
                        return await IsKnownAsync(session, database, column, cancellationToken).ConfigureAwait(false) ? null : throw AdoptedColumns.BegunBefore(column);
                    }
                }

                fresh.Add(installation.Rows.Sign(AdoptedColumns.Begin(column, services.Now) with { Database = database, RowVersion = 1 }));
            }
        }

        RefuseRename(known, columns, fresh);
        if (!await session.Store.TryWriteColumnsAsync([.. fresh, .. changed], null, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await AuditAsync(session, installation, fresh).ConfigureAwait(false);
        return !columns.Any(column => column.Adoption.Length == 0 && byName.GetValueOrDefault((column.Schema, column.Table, column.Column))?.Adoption.Length > 0);
    }

    private static async Task<bool> IsKnownAsync(StoreSession session, string database, ColumnRecord column, CancellationToken cancellationToken) =>
        (await session.Store.ReadColumnsAsync(database, cancellationToken).ConfigureAwait(false)).Any(row => (row.Schema, row.Table, row.Column) == (column.Schema, column.Table, column.Column));

    // Unchained: a role of the application's adds entries, and chains none.
    private async Task AuditAsync(StoreSession session, Installation installation, List<ColumnRecord> fresh)
    {
        foreach (var column in fresh.Where(static column => column.Adoption.Length > 0))
        {
            var entry = services.Entries.Make(AuditActions.AdoptBegin, detail: ColumnName.Full(column));
            await session.Store.Audit.AddAsync(new AuditChain(installation.Audit).Sign(entry), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static void RefuseChange(ColumnRecord before, ColumnRecord now)
    {
        if (before.Purpose != now.Purpose)
        {
            throw new EncryptionModelException(
                $"The column {ColumnName.Of(now)} holds rows of the purpose '{before.Purpose}', and the model says '{now.Purpose}': its rows could not be read. Write [Encrypted(\"{before.Purpose}\")].");
        }

        if (before.Codec != now.Codec)
        {
            throw new EncryptionModelException(
                $"The column {ColumnName.Of(now)} holds rows in the encoding '{before.Codec}', and the type of its property now asks for '{now.Codec}': its rows could not be read. Keep the type, or move the rows to a new column.");
        }
    }

    // A purpose that is gone while an unknown one comes up in the same table is most likely a property, or class, renamed
    // together with its column.
    private static void RefuseRename(IReadOnlyList<ColumnRecord> known, IReadOnlyList<ColumnRecord> columns, List<ColumnRecord> fresh)
    {
        var present = columns.Select(static column => column.Purpose).ToHashSet(StringComparer.Ordinal);
        var knownPurposes = known.Select(static row => row.Purpose).ToHashSet(StringComparer.Ordinal);
        foreach (var column in fresh.Where(column => !knownPurposes.Contains(column.Purpose)))
        {
            var gone = known.FirstOrDefault(row =>
                row.Schema == column.Schema && row.Table == column.Table && row.Codec == column.Codec && !present.Contains(row.Purpose));
            if (gone is not null)
            {
                throw new EncryptionModelException(
                    $"The purpose '{gone.Purpose}' of the table {column.Table} is gone, and '{column.Purpose}' is new there. If the property was renamed, "
                    + $"write [Encrypted(\"{gone.Purpose}\")] on it: its rows stay under their purpose. If it is another property, keep the old one in the "
                    + $"model until the column {ColumnName.Of(gone)} is dropped from the database, and then delete its row from columncrypt_column.");
            }
        }
    }

    /// <summary>How often the generation counter of a store has changed. Thread-safe.</summary>
    private sealed class Round
    {
        private long _number;

        public long Number => Interlocked.Read(ref _number);

        public Task NextAsync()
        {
            Interlocked.Increment(ref _number);
            return Task.CompletedTask;
        }
    }
}
