using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Backup;

/// <summary>
/// Writes the key tables to one file, authenticated under the installation key, which is in it only as it is in the tables: wrapped. Jobs
/// and nodes are left out. Pages are read one after the other: a key made meanwhile may be missing, so back up data first, keys
/// second. Where a tenant was shredded meanwhile, which would leave it readable with its keys destroyed, the backup begins again.
/// Thread-safe.
/// </summary>
internal sealed class BackupWriter(OperatorStore store)
{
    private const int PageSize = 1_000;
    private const int MaxAttempts = 3;

    public async Task<BackupInfo> WriteAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (destination.CanSeek)
        {
            return await WriteSeekableAsync(destination, cancellationToken).ConfigureAwait(false);
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var spool = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
        await using (spool.ConfigureAwait(false))
        {
            var info = await WriteSeekableAsync(spool, cancellationToken).ConfigureAwait(false);
            spool.Position = 0;
            await spool.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            return info;
        }
    }

    private async Task<BackupInfo> WriteSeekableAsync(Stream destination, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        long start = destination.Position;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var header = new BackupHeader(
                BackupHeader.CurrentFormat, installation.Id.ToString(), store.Now, await store.Store.ReadGenerationAsync(cancellationToken).ConfigureAwait(false));
            var info = await WriteAsync(destination, installation, header, cancellationToken).ConfigureAwait(false);
            if (!await IsTornAsync(header.Generation, cancellationToken).ConfigureAwait(false))
            {
                await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
                return info;
            }

            destination.SetLength(start);
            destination.Position = start;
        }

        throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"Tenants were shredded during each of {MaxAttempts} attempts to write the backup. Try again once that is over.");
    }

    // Every other change leaves rows that stand each for itself: a restore Deactivates what is Active.
    private async Task<bool> IsTornAsync(long generation, CancellationToken cancellationToken)
    {
        foreach (string tenant in await store.Store.ReadChangedTenantsAsync(generation, cancellationToken).ConfigureAwait(false))
        {
            if ((await store.Store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false)).Tenant is { State: TenantState.Shredded })
            {
                return true;
            }
        }

        return false;
    }

    private async Task<BackupInfo> WriteAsync(Stream destination, Installation installation, BackupHeader header, CancellationToken cancellationToken)
    {
        using var digest = new RunningDigest();
        var keks = new Dictionary<string, long>(StringComparer.Ordinal);
        var adopted = new AdoptionList();
        long tenants = 0;
        long keys = 0;
        long entries = 0;
        await PutAsync(new BackupLine { Header = header }).ConfigureAwait(false);
        foreach (var kek in await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false))
        {
            await PutAsync(new BackupLine { Kek = kek }).ConfigureAwait(false);
        }

        foreach (var column in await store.Store.Inventory.ReadManifestAsync(cancellationToken).ConfigureAwait(false))
        {
            await PutAsync(new BackupLine { Column = column }).ConfigureAwait(false);
            adopted.Add(column);
        }

        for (string after = ""; await store.Store.Inventory.ReadTenantsAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Tenant)
        {
            foreach (var tenant in page)
            {
                installation.Rows.Verify(tenant);
                await PutAsync(new BackupLine { Tenant = tenant }).ConfigureAwait(false);
                tenants++;
            }
        }

        for (KeyId? after = null; await store.Store.Inventory.ReadKeysAsync(after, null, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Key.KeyId)
        {
            foreach (var key in page)
            {
                installation.Rows.Verify(key.Key);
                await PutAsync(new BackupLine { Key = key }).ConfigureAwait(false);
                keys++;
                foreach (var wrap in key.Wraps.Where(static wrap => wrap.Wrapped is not null))
                {
                    keks[wrap.KekId] = keks.GetValueOrDefault(wrap.KekId) + 1;
                }
            }
        }

        // Read before the chain and written behind it: one that is chained meanwhile is found there.
        var waiting = await ReadWaitingAsync(installation, cancellationToken).ConfigureAwait(false);
        for (long after = 0; await store.Store.Audit.ReadAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Sequence!.Value)
        {
            foreach (var entry in page)
            {
                waiting.Remove(entry.AuditId);
                await PutAsync(new BackupLine { Audit = entry }).ConfigureAwait(false);
                entries++;
            }
        }

        foreach (var entry in waiting.Values)
        {
            await PutAsync(new BackupLine { Audit = entry }).ConfigureAwait(false);
            entries++;
        }

        byte[] mac = installation.Rows.MacOf(digest.Finish());
        await destination.WriteAsync(new BackupLine { Mac = mac }.Write(), cancellationToken).ConfigureAwait(false);
        return new BackupInfo(header.InstallationId, header.CreatedAt, tenants, keys, entries, keks) { Adopted = adopted.Columns };

        async Task PutAsync(BackupLine line)
        {
            byte[] bytes = line.Write();
            digest.Append(bytes);
            await destination.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SortedDictionary<string, AuditRecord>> ReadWaitingAsync(Installation installation, CancellationToken cancellationToken)
    {
        var chain = new AuditChain(installation.Audit);
        var waiting = new SortedDictionary<string, AuditRecord>(StringComparer.Ordinal);
        for (string after = ""; await store.Store.Audit.ReadUnchainedAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].AuditId)
        {
            foreach (var entry in page.Where(chain.IsAuthentic))
            {
                waiting[entry.AuditId] = entry;
            }
        }

        return waiting;
    }
}
