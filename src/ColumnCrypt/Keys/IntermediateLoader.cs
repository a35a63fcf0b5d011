using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Keys;

/// <summary>
/// Reads the rows of an installation's intermediate keys, checks each before it is used, and opens one through the KEKs that the configuration allows. Thread-safe.
/// </summary>
internal sealed class IntermediateLoader(StoreSession session, Installation installation, KekCaller keks, RingServices services)
{
    /// <summary>The row of the newest intermediate key, checked; null where there is none.</summary>
    public async Task<KeyRecord?> FindNewestAsync()
    {
        long startedAt = session.Versions.StartRead();
        var rows = await session.Store.ReadTenantAsync("", CancellationToken.None).ConfigureAwait(false);
        var newest = rows.Keys.Where(static key => key.Kind == KeyKind.Intermediate).MaxBy(static key => key.Version);
        return newest is null ? null : Checked(newest, startedAt);
    }

    /// <summary>Opens an intermediate key.</summary>
    /// <param name="id">Its id, as a wrap says: it may be anybody's, or nobody's.</param>
    /// <param name="cancellationToken">Cancels the calls of KEKs.</param>
    /// <param name="kekId">The only KEK to open it through; null for whichever opens it.</param>
    /// <exception cref="KekException">No intermediate key of this installation has the id.</exception>
    /// <exception cref="KeyUnavailableException">It may not be used, or no KEK gives it.</exception>
    public async Task<IntermediateKey> OpenAsync(KeyId id, CancellationToken cancellationToken, string? kekId = null)
    {
        long startedAt = session.Versions.StartRead();
        var rows = await session.Store.ReadTenantAsync("", CancellationToken.None).ConfigureAwait(false);
        var row = Checked(rows.Keys.FirstOrDefault(key => key.KeyId == id && key.Kind == KeyKind.Intermediate) ?? throw Unknown(id), startedAt);
        if (row.State is not (KeyState.Active or KeyState.Deactivated))
        {
            throw new KeyUnavailableException(
                row.State == KeyState.Destroyed ? KeyUnavailableReason.Destroyed : KeyUnavailableReason.StateForbids, $"The intermediate key {id} is {row.State}: nothing is unwrapped with it.");
        }

        return await OpenAsync(row, rows.Wraps.Where(wrap => wrap.KeyId == id && (kekId is null || wrap.KekId == kekId)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens an intermediate key through some of its wraps.</summary>
    /// <param name="row">Its row, checked.</param>
    /// <param name="wraps">The wraps.</param>
    /// <param name="cancellationToken">Cancels the calls of KEKs.</param>
    public async Task<IntermediateKey> OpenAsync(KeyRecord row, IEnumerable<WrapRecord> wraps, CancellationToken cancellationToken)
    {
        using var buffer = services.Memory.Rent(SecretMemory.SlotSize);
        var context = new WrapContext(installation.Id, "", row.KeyId, KeyKind.Intermediate);
        int size = await keks.UnwrapAsync(wraps, context, buffer.Memory, cancellationToken, session.Standing).ConfigureAwait(false);
        return Kdf.Commitment(buffer.GetSpan()[..size]).AsSpan().SequenceEqual(row.Commitment)
            ? new IntermediateKey(row.KeyId, buffer.GetSpan()[..size], services.Ciphers.Provider)
            : throw new KeyUnavailableException(KeyUnavailableReason.Tampered, $"The wrap of the intermediate key {row.KeyId} holds another key than its row commits to.");
    }

    private KeyRecord Checked(KeyRecord row, long startedAt)
    {
        installation.Rows.Verify(row);
        return row.Tenant.Length == 0 && row.Commitment.Length == Kdf.Size && row.KeyId == new KeyId(row.Commitment.AsSpan(0, KeyId.Size)) && !session.Versions.IsReplay(row, startedAt)
            ? row
            : throw installation.Rows.Tampered("columncrypt_key", row.KeyId.ToString());
    }

    private static KekException Unknown(KeyId id) => new(
        KekFailure.WrongContextOrTampered, $"The wrap names the intermediate key {id}, which this installation does not have. Compare the key tables with a backup.");
}
