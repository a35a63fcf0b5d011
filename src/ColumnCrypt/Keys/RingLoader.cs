using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Reads a tenant's rows in one query, checks every mac before a row is used, and unwraps the keys that may be used, several at
/// once. Thread-safe.
/// </summary>
internal sealed class RingLoader(KekCaller keks, RingServices services)
{
    private readonly SemaphoreSlim _turns = new(8);

    /// <summary>Loads the state of a tenant's ring.</summary>
    /// <param name="session">The key store.</param>
    /// <param name="installation">Its installation key.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="previous">The state before: its unwrapped keys are used again.</param>
    /// <param name="unwrapAll">True to ask the KEK for every key again, so that a refusal shows; false for new keys only.</param>
    /// <param name="cancellationToken">Cancels the load.</param>
    /// <param name="patience">How long a KEK may take for new keys of a ring that serves, which are missing from it afterwards, and asked for again; null for as long as it takes.</param>
    public async Task<RingState> LoadAsync(
        StoreSession session, Installation installation, string tenant, RingState? previous, bool unwrapAll, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        using var activity = services.Metrics.Activities.StartActivity("columncrypt.ring.load");
        var (rows, readAt) = await ReadInTurnAsync(session, installation, tenant, isOneOfMany: patience is not null, cancellationToken).ConfigureAwait(false);
        if (rows.Tenant is null)
        {
            return new RingState(null, [], readAt);
        }

        using var hurry = patience is { } limit ? new CancellationTokenSource(limit, services.Time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hurry.Token, cancellationToken);
        var wraps = rows.Wraps.ToLookup(static wrap => wrap.KeyId);
        var loaded = await Task.WhenAll(rows.Keys
            .Where(static key => key.Kind is KeyKind.Data or KeyKind.Index)
            .Select(key => OpenAsync(key, wraps[key.KeyId], rows.Tenant, installation, session.Standing, previous, unwrapAll, either.Token, cancellationToken))).ConfigureAwait(false);
        services.Logger.RingLoaded(tenant, loaded.Length);
        return new RingState(rows.Tenant, loaded, readAt);
    }

    /// <summary>The rows of a tenant, every one of them checked.</summary>
    public async Task<TenantKeys> ReadRowsAsync(StoreSession session, Installation installation, string tenant, CancellationToken cancellationToken)
    {
        long startedAt = session.Versions.StartRead();
        var rows = await session.Store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
        if (rows.Tenant is not null)
        {
            Check(rows.Tenant, tenant, session, installation, startedAt);
        }
        else if (rows.Keys.Count > 0 || session.Versions.IsGone(tenant, startedAt))
        {
            throw installation.Rows.Tampered("columncrypt_tenant", tenant);
        }

        foreach (var key in rows.Keys)
        {
            Check(key, tenant, session, installation, startedAt);
        }

        if (rows.Tenant is not null
            && (session.Versions.IsCut(tenant, rows.Keys.Count, startedAt)
                || rows.Keys.Count(static key => key is { Kind: KeyKind.Data, State: KeyState.Active }) > 1))
        {
            throw installation.Rows.Tampered("columncrypt_key", $"of tenant {tenant}");
        }

        return rows;
    }

    // Where a change concerns many tenants their rows are read a few at a time.
    private async Task<(TenantKeys Rows, long ReadAt)> ReadInTurnAsync(StoreSession session, Installation installation, string tenant, bool isOneOfMany, CancellationToken cancellationToken)
    {
        if (isOneOfMany)
        {
            await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            long readAt = session.Versions.StartRead();
            return (await ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false), readAt);
        }
        finally
        {
            if (isOneOfMany)
            {
                _turns.Release();
            }
        }
    }

    private static void Check(TenantRecord row, string tenant, StoreSession session, Installation installation, long startedAt)
    {
        installation.Rows.Verify(row);
        if (!string.Equals(row.Tenant, tenant, StringComparison.Ordinal) || session.Versions.IsReplay(row, startedAt))
        {
            throw installation.Rows.Tampered("columncrypt_tenant", tenant);
        }
    }

    private static void Check(KeyRecord row, string tenant, StoreSession session, Installation installation, long startedAt)
    {
        installation.Rows.Verify(row);
        if (!string.Equals(row.Tenant, tenant, StringComparison.Ordinal)
            || row.Commitment.Length != Kdf.Size
            || row.KeyId != new KeyId(row.Commitment.AsSpan(0, KeyId.Size))
            || session.Versions.IsReplay(row, startedAt))
        {
            throw installation.Rows.Tampered("columncrypt_key", row.KeyId.ToString());
        }

        session.Uses.Raise(row.KeyId, row.ReservedUses);
    }

    // A key that its KEK cannot give is a fault of that key alone where its wrap is bad, or where it is new in a ring that serves;
    // where the KEK refuses, or does not answer the first load, the whole ring has to wait for it.
    private async Task<RingKey> OpenAsync(
        KeyRecord row, IEnumerable<WrapRecord> wraps, TenantRecord tenant, Installation installation, KekStanding standing, RingState? previous, bool unwrapAll, CancellationToken hurry, CancellationToken cancellationToken)
    {
        bool usable = row.State == KeyState.PreActive
            ? tenant.State == TenantState.Active
            : StateTable.Allows(row.State, tenant.State, KeyOperation.Decrypt);
        if (!usable)
        {
            return new RingKey(row, null, Forbidden(row, tenant));
        }

        var known = previous?.Keys.GetValueOrDefault(row.KeyId)?.Key;
        if (known is not null && !unwrapAll)
        {
            known.Record = row;
            return new RingKey(row, known, null);
        }

        using var buffer = services.Memory.Rent(SecretMemory.SlotSize);
        try
        {
            if (services.Ledger is { } ledger && await ledger.ContainsAsync(row.KeyId, hurry).ConfigureAwait(false))
            {
                return new RingKey(row, null, new KeyUnavailableException(
                    KeyUnavailableReason.Destroyed,
                    $"Key {row.KeyId} of tenant '{row.Tenant}' was shredded, says the shred ledger: the key tables were restored from a backup made before. Shred the tenant again."));
            }

            var context = new WrapContext(installation.Id, row.Tenant, row.KeyId, row.Kind);
            int size = await keks.UnwrapAsync(wraps, context, buffer.Memory, hurry, standing, tenant.KekPolicy).ConfigureAwait(false);
            return Admit(row, buffer.GetSpan()[..size], known);
        }
        catch (KeyUnavailableException error) when (error.Reason is KeyUnavailableReason.Tampered or KeyUnavailableReason.KekNotAllowed)
        {
            services.Logger.RowTampered("columncrypt_wrap", row.KeyId.ToString());
            return new RingKey(row, null, error);
        }
        catch (KeyUnavailableException error) when (error.IsTransient && previous is not null && !unwrapAll)
        {
            // What the rows say of the other keys is in force at once; this key is asked for again.
            return new RingKey(row, null, error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            return new RingKey(row, null, new KeyUnavailableException(
                KeyUnavailableReason.Unavailable, $"The KEK of key {row.KeyId} of tenant '{row.Tenant}' has not answered yet; it is asked again.", error));
        }
    }

    private RingKey Admit(KeyRecord row, ReadOnlySpan<byte> key, TenantKey? known)
    {
        if (!Kdf.Commitment(key).AsSpan().SequenceEqual(row.Commitment))
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.Tampered,
                $"The wrap of key {row.KeyId} of tenant '{row.Tenant}' holds another key than its row commits to.");
        }

        if (known is not null)
        {
            known.Record = row;
            return new RingKey(row, known, null);
        }

        var secret = services.Memory.Copy(key);
        return new RingKey(row, row.Kind == KeyKind.Index ? new IndexKey(row, secret, services.Ciphers.Provider.OpenMac) : new DataKey(row, secret, services.Ciphers), null);
    }

    private static KeyUnavailableException Forbidden(KeyRecord row, TenantRecord tenant) => new(
        row.State == KeyState.Destroyed ? KeyUnavailableReason.Destroyed : KeyUnavailableReason.StateForbids,
        tenant.State == TenantState.ShredScheduled
            ? $"Tenant '{tenant.Tenant}' is scheduled to be shredded: its keys are held back until the shred is cancelled."
            : $"Key {row.KeyId} of tenant '{row.Tenant}' is {row.State}: it may not be used.");
}
