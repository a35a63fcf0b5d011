using ColumnCrypt.Audit;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Backup;

/// <summary>
/// Puts a backup into empty key tables, once it is checked whole. Nobody knows which uses of its data keys the backup misses, so each
/// of them is Deactivated on the way in: what is next written is under a new one. Thread-safe.
/// </summary>
internal sealed class BackupRestorer(OperatorStore store, InstallationLoader installations)
{
    private const int PageSize = 1_000;

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
        try
        {
            var (header, row, digest, mac) = await reader.ScanAsync(cancellationToken).ConfigureAwait(false);
            var installation = await installations.OpenAsync(row.Key, row.Wraps, cancellationToken).ConfigureAwait(false);
            if (installation.Id.ToString() != header.InstallationId || !installation.Rows.IsMac(digest, mac))
            {
                throw new FormatException("It is not as ColumnCrypt wrote it.");
            }

            var info = await InsertAsync(reader, header, installation, cancellationToken).ConfigureAwait(false);
            await store.Store.Inventory.RaiseGenerationAsync(checked(header.Generation + 1), cancellationToken).ConfigureAwait(false);
            var entry = store.Entries.Make(AuditActions.StoreRestore, detail: $"backup of {header.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}; {reason}");
            var chain = new AuditChain(installation.Audit);
            await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), cancellationToken).ConfigureAwait(false);
            return info;
        }
        catch (FormatException error)
        {
            throw new ColumnCryptException($"The backup cannot be restored, and nothing was written. {error.Message}", error);
        }
    }

    private async Task DemandEmptyAsync(CancellationToken cancellationToken)
    {
        await store.Store.CreateTablesAsync(cancellationToken).ConfigureAwait(false);
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        if (counts.Keys.Count > 0 || counts.Tenants.Count > 0)
        {
            throw new KeyStateException("The key tables hold keys already. A backup is restored into empty ones: give another database or schema.");
        }
    }

    private async Task<BackupInfo> InsertAsync(BackupReader reader, BackupHeader header, Installation installation, CancellationToken cancellationToken)
    {
        var page = new Page();
        var keks = new Dictionary<string, long>(StringComparer.Ordinal);
        long tenants = 0;
        long keys = 0;
        long entries = 0;
        await foreach (var (line, _) in reader.LinesAsync(cancellationToken).ConfigureAwait(false))
        {
            page.Add(line, key => Retired(key, installation));
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
        return new BackupInfo(header.InstallationId, header.CreatedAt, tenants, keys, entries, keks);
    }

    // A published key may have become Active after the backup was made.
    private KeyWithWraps Retired(KeyWithWraps key, Installation installation)
    {
        installation.Rows.Verify(key.Key);
        return key.Key is { Kind: KeyKind.Data, State: KeyState.Active or KeyState.PreActive }
            ? key with
            {
                Key = installation.Rows.Sign(key.Key with
                {
                    State = KeyState.Deactivated,
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

        public void Add(BackupLine line, Func<KeyWithWraps, KeyWithWraps> change)
        {
            _tenants.AddRange(line.Tenant is { } tenant ? [tenant] : []);
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
