using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Backup;

/// <summary>
/// Writes the key tables to one file, authenticated under the installation key, which is in it only as it is in the tables: wrapped. Jobs
/// and nodes are left out. Pages are read one after the other: a key made meanwhile may be missing, so back up data first, keys
/// second. Thread-safe.
/// </summary>
internal sealed class BackupWriter(OperatorStore store)
{
    private const int PageSize = 1_000;

    public async Task<BackupInfo> WriteAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var header = new BackupHeader(
            BackupHeader.CurrentFormat, installation.Id.ToString(), store.Now, await store.Store.ReadGenerationAsync(cancellationToken).ConfigureAwait(false));
        using var digest = new RunningDigest();
        var keks = new Dictionary<string, long>(StringComparer.Ordinal);
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

        for (long after = 0; await store.Store.Audit.ReadAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Sequence!.Value)
        {
            foreach (var entry in page)
            {
                await PutAsync(new BackupLine { Audit = entry }).ConfigureAwait(false);
                entries++;
            }
        }

        byte[] mac = installation.Rows.MacOf(digest.Finish());
        await destination.WriteAsync(new BackupLine { Mac = mac }.Write(), cancellationToken).ConfigureAwait(false);
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new BackupInfo(header.InstallationId, header.CreatedAt, tenants, keys, entries, keks);

        async Task PutAsync(BackupLine line)
        {
            byte[] bytes = line.Write();
            digest.Append(bytes);
            await destination.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
