using System.Runtime.CompilerServices;
using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Backup;

/// <summary>
/// Puts a backup into empty key tables, once it is checked whole. Nobody knows which uses of its data and intermediate keys the backup misses, so each
/// of them is Deactivated on the way in: what is next written is under a new one. The installation key goes in last: until then no node
/// uses the tables, and a restore that was interrupted is completed by restoring the same backup again. Thread-safe.
/// </summary>
internal sealed class BackupRestorer(OperatorStore store, InstallationLoader installations)
{
    /// <summary>
    /// By how much the generation counter is raised above every one that is known. What came after the backup drew some, nobody knows how
    /// many: none of them is to be drawn again, and no node that ran on is to find the counter where it left it.
    /// </summary>
    private const long Margin = 1_000_000;

    private const int PageSize = 1_000;
    private const string Begun = "begun, backup ";

    public async Task<BackupInfo> RestoreAsync(Stream source, string reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        if (!source.CanSeek)
        {
            throw new ArgumentException("A backup is read twice: give a stream that can seek.", nameof(source));
        }

        await DemandEmptyAsync(cancellationToken).ConfigureAwait(false);
        var reader = new BackupReader(source);
        (BackupHeader Header, KeyWithWraps Row, Installation Installation, byte[] Digest, long Chained) found;
        try
        {
            var (header, row, digest, mac, chained) = await reader.ScanAsync(cancellationToken).ConfigureAwait(false);
            var installation = await installations.OpenAsync(row.Key, row.Wraps, cancellationToken).ConfigureAwait(false);
            if (installation.Id.ToString() != header.InstallationId || !installation.Rows.IsMac(digest, mac))
            {
                throw new FormatException("It is not as ColumnCrypt wrote it.");
            }

            found = (header, row, installation, digest, chained);
        }
        catch (FormatException error)
        {
            throw new ColumnCryptException($"The backup cannot be restored, and nothing was written. {error.Message}", error);
        }

        await BeginAsync(found.Installation, found.Digest, found.Chained, reason, cancellationToken).ConfigureAwait(false);
        return await CompleteAsync(reader, found.Header, found.Row, found.Installation, found.Digest, reason, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BackupInfo> CompleteAsync(
        BackupReader reader, BackupHeader header, KeyWithWraps row, Installation installation, byte[] digest, string reason, CancellationToken cancellationToken)
    {
        long known = Math.Max(await store.Store.ReadGenerationAsync(cancellationToken).ConfigureAwait(false), header.Generation);
        long generation = known > long.MaxValue - Margin ? known : known + Margin;
        BackupInfo info;
        IReadOnlyList<KeyWithWraps> held;
        try
        {
            (info, held, byte[] second) = await InsertAsync(reader, header, installation, generation, cancellationToken).ConfigureAwait(false);
            if (!second.AsSpan().SequenceEqual(digest))
            {
                throw new FormatException("Its second reading gave other lines than its first.");
            }
        }
        catch (FormatException error)
        {
            // What the pages came from is not what was checked: a mark of another backup keeps this one from being completed.
            await store.Store.Audit.AddAsync(Mark(installation, [], reason), CancellationToken.None).ConfigureAwait(false);
            throw new ColumnCryptException(
                "The backup changed while it was restored. The key tables hold a part of it, without an installation key, so that nobody uses them. "
                + $"Drop them, and restore into empty ones from a file that stays as it is. {error.Message}",
                error);
        }

        await store.Store.Inventory.RaiseGenerationAsync(generation, cancellationToken).ConfigureAwait(false);
        var chain = new AuditChain(installation.Audit);
        await new AuditReader(store.Store.Audit, chain, installation.Id).CheckpointAsync(store.Now, cancellationToken).ConfigureAwait(false);
        var entry = store.Entries.Make(AuditActions.StoreRestore, detail: $"backup of {header.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}; {reason}");
        await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), cancellationToken).ConfigureAwait(false);

        await store.Store.Inventory.RestoreAsync(new StoreRows([], held, [], [], []), cancellationToken).ConfigureAwait(false);
        var there = await store.Store.ReadTenantAsync("", cancellationToken).ConfigureAwait(false);
        return there.Keys.Any(key => key.KeyId == row.Key.KeyId)
            ? info
            : throw new KeyStateException("Somebody made an installation key in the key tables while the backup was restored into them. Drop the tables, stop every node, and restore again.");
    }

    // The entry that says what is begun is the first row: by it another run knows that the tables hold a part of this backup and of no other.
    private async Task BeginAsync(Installation installation, byte[] digest, long chained, string reason, CancellationToken cancellationToken)
    {
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        var chain = new AuditChain(installation.Audit);
        var begun = new List<string>();
        await foreach (var entry in AddedAsync(chained, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Action == AuditActions.StoreRestore && entry.Detail is { } detail && detail.StartsWith(Begun, StringComparison.Ordinal) && chain.IsAuthentic(entry))
            {
                begun.Add(detail);
            }
        }

        bool isOurs = begun.Count > 0 && begun.TrueForAll(detail => detail.StartsWith(Begun + Convert.ToHexStringLower(digest), StringComparison.Ordinal));
        if (!isOurs && (begun.Count > 0 || counts.Keys.Count > 0 || counts.Tenants.Count > 0))
        {
            throw new KeyStateException(
                "The key tables hold rows already, and not those of an interrupted restore of this very backup. A backup is restored into empty ones: give another database or schema.");
        }

        if (!isOurs)
        {
            await store.Store.Audit.AddAsync(Mark(installation, digest, reason), cancellationToken).ConfigureAwait(false);
        }
    }

    private AuditRecord Mark(Installation installation, byte[] digest, string reason) =>
        new AuditChain(installation.Audit).Sign(store.Entries.Make(AuditActions.StoreRestore, detail: $"{Begun}{Convert.ToHexStringLower(digest)}; {reason}"));

    /// <summary>The entries that are not the backup's chain: those behind it, and those that are not chained.</summary>
    private async IAsyncEnumerable<AuditRecord> AddedAsync(long chained, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long after = chained; await store.Store.Audit.ReadAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Sequence!.Value)
        {
            foreach (var entry in page)
            {
                yield return entry;
            }
        }

        for (string after = ""; await store.Store.Audit.ReadUnchainedAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].AuditId)
        {
            foreach (var entry in page)
            {
                yield return entry;
            }
        }
    }

    private async Task DemandEmptyAsync(CancellationToken cancellationToken)
    {
        await store.Store.CreateTablesAsync(cancellationToken).ConfigureAwait(false);
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        if (counts.Keys.Keys.Any(static key => key.Kind == KeyKind.Installation))
        {
            throw new KeyStateException("The key tables hold keys already. A backup is restored into empty ones: give another database or schema.");
        }
    }

    private async Task<(BackupInfo Info, IReadOnlyList<KeyWithWraps> Held, byte[] Digest)> InsertAsync(
        BackupReader reader, BackupHeader header, Installation installation, long generation, CancellationToken cancellationToken)
    {
        var page = new Page();
        var held = new List<KeyWithWraps>();
        using var digest = new RunningDigest();
        var keks = new Dictionary<string, long>(StringComparer.Ordinal);
        var adopted = new AdoptionList();
        long tenants = 0;
        long keys = 0;
        long entries = 0;
        await foreach (var (line, bytes) in reader.LinesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (line.Mac is null)
            {
                digest.Append(bytes);
            }

            if (line.Key is { Key.Kind: KeyKind.Installation } last)
            {
                installation.Rows.Verify(last.Key);
                held.Add(last);
            }
            else
            {
                page.Add(line, tenant => Moved(tenant, installation, generation), key => Retired(key, installation));
            }

            if (line.Column is { } column)
            {
                adopted.Add(column);
            }

            tenants += line.Tenant is null ? 0 : 1;
            entries += line.Audit is null ? 0 : 1;
            if (line.Key is { } key)
            {
                keys++;
                foreach (var wrap in key.Wraps.Where(static wrap => wrap.Wrapped is not null))
                {
                    keks[wrap.KekId] = keks.GetValueOrDefault(wrap.KekId) + 1;
                }
            }

            if (page.Count == PageSize)
            {
                await store.Store.Inventory.RestoreAsync(page.Take(), cancellationToken).ConfigureAwait(false);
            }
        }

        await store.Store.Inventory.RestoreAsync(page.Take(), cancellationToken).ConfigureAwait(false);
        return (new BackupInfo(header.InstallationId, header.CreatedAt, tenants, keys, entries, keks) { Adopted = adopted.Columns }, held, digest.Finish());
    }

    // A node that ran on reads again what has changed since the generation that it has seen: everything.
    private static TenantRecord Moved(TenantRecord tenant, Installation installation, long generation)
    {
        installation.Rows.Verify(tenant);
        return installation.Rows.Sign(tenant with { Generation = generation, RowVersion = tenant.RowVersion + 1 });
    }

    // A published key may have become Active after the backup was made.
    private KeyWithWraps Retired(KeyWithWraps key, Installation installation)
    {
        installation.Rows.Verify(key.Key);
        bool mayEncryptAgain = key.Key.Kind is KeyKind.Data or KeyKind.Intermediate
            && (key.Key.State is KeyState.Active or KeyState.PreActive || key.Key is { State: KeyState.Suspended, DeactivatedAt: null });
        return mayEncryptAgain
            ? key with
            {
                // A Suspended one stays so; resumed, it is what it would be now: Deactivated.
                Key = installation.Rows.Sign(key.Key with
                {
                    State = key.Key.State == KeyState.Suspended ? KeyState.Suspended : KeyState.Deactivated,
                    ActivatedAt = key.Key.ActivatedAt ?? key.Key.CreatedAt,
                    DeactivatedAt = store.Now,
                    RowVersion = key.Key.RowVersion + 1,
                }),
            }
            : key;
    }

    private sealed class Page
    {
        private readonly List<TenantRecord> _tenants = [];
        private readonly List<KeyWithWraps> _keys = [];
        private readonly List<KekRecord> _keks = [];
        private readonly List<ColumnRecord> _columns = [];
        private readonly List<AuditRecord> _audit = [];

        public int Count => _tenants.Count + _keys.Count + _keks.Count + _columns.Count + _audit.Count;

        public void Add(BackupLine line, Func<TenantRecord, TenantRecord> move, Func<KeyWithWraps, KeyWithWraps> change)
        {
            _tenants.AddRange(line.Tenant is { } tenant ? [move(tenant)] : []);
            _keys.AddRange(line.Key is { } key ? [change(key)] : []);
            _keks.AddRange(line.Kek is { } kek ? [kek] : []);
            _columns.AddRange(line.Column is { } column ? [column] : []);
            _audit.AddRange(line.Audit is { } entry ? [entry] : []);
        }

        public StoreRows Take()
        {
            var rows = new StoreRows([.. _tenants], [.. _keys], [.. _keks], [.. _columns], [.. _audit]);
            _tenants.Clear();
            _keys.Clear();
            _keks.Clear();
            _columns.Clear();
            _audit.Clear();
            return rows;
        }
    }
}
