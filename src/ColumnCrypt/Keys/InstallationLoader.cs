using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Reads, checks and, where it is asked to, makes the installation key: the key that authenticates every other row, and first
/// of all its own. Thread-safe.
/// </summary>
internal sealed class InstallationLoader(KekCaller keks, byte[]? pinnedCommitment, RingServices services)
{
    /// <summary>The installation key of a store; null where it has none and <paramref name="create"/> is false.</summary>
    public async Task<Installation?> LoadAsync(IKeyStore store, bool create, CancellationToken cancellationToken)
    {
        if (create)
        {
            await store.CreateTablesAsync(cancellationToken).ConfigureAwait(false);
        }

        var found = await ReadAsync(store, cancellationToken).ConfigureAwait(false);
        if (found is null && create)
        {
            await MakeAsync(store, cancellationToken).ConfigureAwait(false);

            // Whoever won the race, every node reads back what has been committed.
            found = await ReadAsync(store, cancellationToken).ConfigureAwait(false)
                ?? throw NotInitialized();
        }

        return found;
    }

    public static KeyUnavailableException NotInitialized() => new(
        KeyUnavailableReason.NotInitialized,
        "The key store has no installation key. Call IKeyManager.InitAsync once, with the KEK configured; or set CreateTables = true where the application itself may make it.");

    private async Task<Installation?> ReadAsync(IKeyStore store, CancellationToken cancellationToken)
    {
        TenantKeys rows;
        try
        {
            rows = await store.ReadTenantAsync("", cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.NotInitialized && store.CreatesTables)
        {
            return null;
        }

        var active = rows.Keys.Where(static key => key is { Kind: KeyKind.Installation, State: KeyState.Active }).ToList();
        return active switch
        {
            [] when !rows.Keys.Any(static key => key.Kind == KeyKind.Installation) => null,
            [var key] => await OpenAsync(key, rows.Wraps.Where(wrap => wrap.KeyId == key.KeyId), cancellationToken).ConfigureAwait(false),
            _ => throw Tampered($"It holds {active.Count} Active installation keys instead of one."),
        };
    }

    /// <summary>Unwraps an installation key and checks it against its commitment, its row and the pin.</summary>
    public async Task<Installation> OpenAsync(KeyRecord key, IEnumerable<WrapRecord> wraps, CancellationToken cancellationToken)
    {
        if (pinnedCommitment is not null && !pinnedCommitment.AsSpan().SequenceEqual(key.Commitment))
        {
            throw Tampered("Its installation key is not the one that the configuration pins.");
        }

        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        var context = new WrapContext(key.KeyId, "", key.KeyId, KeyKind.Installation);
        int size = await keks.UnwrapAsync(wraps, context, secret.Memory, cancellationToken).ConfigureAwait(false);
        byte[] commitment = Kdf.Commitment(secret.GetSpan()[..size]);
        if (!commitment.AsSpan().SequenceEqual(key.Commitment) || new KeyId(commitment.AsSpan(0, KeyId.Size)) != key.KeyId)
        {
            throw Tampered("Its installation key does not match its commitment.");
        }

        var rows = new RowAuthenticator(new RowMacKey(services.Memory, secret.GetSpan()[..size]), services.Logger);
        rows.Verify(key);
        return new Installation(key.KeyId, commitment, rows, new AuditKey(services.Memory, secret.GetSpan()[..size]));
    }

    /// <summary>
    /// What the store says of the KEKs that the configuration allows. A row allows nothing, so one that the configuration does not name is
    /// only reported, unless tenants may have KEKs of their own and ColumnCrypt wrote it; a changed row of one that it does name is refused.
    /// </summary>
    public async Task<KekStanding> ReadStandingAsync(IKeyStore store, Installation installation, CancellationToken cancellationToken)
    {
        var standing = new List<KekRecord>();
        foreach (var kek in await store.ReadKeksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!keks.IsAllowed(kek.KekId) && !(keks.AllowsTenantKeks && installation.Rows.IsValid(kek)))
            {
                services.Logger.KekRefused(kek.KekId);
            }
            else
            {
                installation.Rows.Verify(kek);
                standing.Add(kek);
            }
        }

        return new KekStanding(standing);
    }

    /// <summary>Lets the KEKs find the intermediate keys of a store, once its installation key is known.</summary>
    public void Attach(StoreSession session, Installation installation) => keks.Attach(session, installation, new KeyMaker(keks, this, services));

    private async Task MakeAsync(IKeyStore store, CancellationToken cancellationToken)
    {
        if (pinnedCommitment is not null)
        {
            throw Tampered("It has no installation key, and the configuration pins one.");
        }

        // A restore puts the installation key in last: another one made meanwhile would be the end of it.
        var counts = await store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        if (counts.Tenants.Count > 0 || counts.Keys.Count > 0)
        {
            // Or another node has made it, and a first key, since this one looked.
            if ((await store.ReadTenantAsync("", cancellationToken).ConfigureAwait(false)).Keys.Any(static key => key.Kind == KeyKind.Installation))
            {
                return;
            }

            throw new KeyUnavailableException(
                KeyUnavailableReason.NotInitialized,
                "The key tables hold keys but no installation key: a backup is being restored into them, or that was interrupted. Restore the same backup again, or drop the tables.");
        }

        using var secret = services.Memory.Rent(Kdf.Size);
        SystemRandom.Fill(secret.GetSpan());
        byte[] commitment = Kdf.Commitment(secret.GetSpan());
        var id = new KeyId(commitment.AsSpan(0, KeyId.Size));
        using var macKey = new RowMacKey(services.Memory, secret.GetSpan());
        var rows = new RowAuthenticator(macKey, services.Logger);
        var now = services.Now;
        var wraps = await keks.WrapNewAsync(secret.Memory, new WrapContext(id, "", id, KeyKind.Installation), KekStanding.Unknown, now, cancellationToken).ConfigureAwait(false);
        var key = rows.Sign(new KeyRecord
        {
            KeyId = id,
            Tenant = "",
            Kind = KeyKind.Installation,
            Version = 1,
            State = KeyState.Active,
            CreatedAt = now,
            ActivatedAt = now,
            Commitment = commitment,
            RowVersion = 1,
        });
        using var auditKey = new AuditKey(services.Memory, secret.GetSpan());
        var entry = auditKey.Sign(services.Entries.Make(AuditActions.InstallationCreate, null, id, string.Join(" and ", wraps.Select(static wrap => wrap.KekId))));
        if (await store.TryInsertKeyAsync(new NewKey(null, key, wraps, KeyMaker.KekRows(wraps, keks, rows, now), entry), cancellationToken).ConfigureAwait(false))
        {
            services.Logger.InstallationCreated(id.ToString(), Convert.ToHexStringLower(commitment));
        }
    }

    private static KeyUnavailableException Tampered(string what) => new(
        KeyUnavailableReason.Tampered,
        $"The key store is not the one that this application was set up with. {what} Compare the key tables with a backup.");
}
