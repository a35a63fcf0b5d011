using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// Says which KEKs ever wrapped a tenant's keys, and whether they are all gone. It takes them from the history of wraps and from what the
/// audit says of the making of each key, because the rows of wraps have no macs; where the audit does not say it, every KEK that the store
/// knew by the time of the shred counts. Thread-safe.
/// </summary>
/// <param name="keks">The KEKs that can be asked.</param>
/// <param name="installation">The installation key.</param>
/// <param name="own">The tenant's own KEK, or null.</param>
/// <param name="now">The time of the verdict.</param>
internal sealed class BackupProofJudge(KekCaller keks, Installation installation, TenantKek? own, DateTimeOffset now)
{
    /// <summary>The KEKs that wrapped, or may have wrapped, the keys.</summary>
    /// <param name="rows">The rows of the KEK table.</param>
    /// <param name="keys">The keys with all their wraps.</param>
    /// <param name="made">Under which KEKs the audit says each key was made.</param>
    /// <param name="intermediates">The intermediate keys, under which some of the keys may have been wrapped: whoever has one of their KEKs opens these.</param>
    /// <param name="shreddedAt">When the tenant was shredded.</param>
    public IReadOnlyList<InvolvedKek> Involved(
        IReadOnlyList<KekRecord> rows, IReadOnlyList<KeyWithWraps> keys, ILookup<string, string> made, IntermediateHistory intermediates, DateTimeOffset shreddedAt)
    {
        var known = rows.Where(installation.Rows.IsValid).ToDictionary(static row => row.KekId, StringComparer.Ordinal);
        var above = intermediates.Above(keys, made);
        var wraps = keys.Concat(above.Keys).SelectMany(static key => key.Wraps).ToLookup(static wrap => wrap.KekId, StringComparer.Ordinal);
        var untold = keys.Any(key => !made.Contains(key.Key.KeyId.ToString()))
            ? known.Values.Where(row => row.AddedAt <= shreddedAt).Select(static row => row.KekId)
            : [];
        var ids = wraps.Select(static group => group.Key)
            .Union(made.SelectMany(static group => group), StringComparer.Ordinal)
            .Union(above.Made, StringComparer.Ordinal)
            .Union(untold, StringComparer.Ordinal)
            .Where(static kekId => kekId != HierarchicalUri.Layer);
        return
        [
            .. ids.Order(StringComparer.Ordinal).Select(kekId =>
            {
                var row = known.GetValueOrDefault(kekId);
                return new InvolvedKek(
                    kekId,
                    wraps[kekId].Min(static wrap => (DateTimeOffset?)wrap.ValidFrom) ?? keys.Min(static key => key.Key.CreatedAt),
                    wraps[kekId].Any(static wrap => wrap.Wrapped is not null) ? null : wraps[kekId].Max(static wrap => wrap.ValidTo),
                    row?.State.ToString() ?? "unknown to the key store",
                    row is { State: KekState.Destroyed } ? row.DestroyedAt : null);
            }),
        ];
    }

    /// <summary>The verdict: a KEK that is noted as destroyed and answers this process is not.</summary>
    /// <param name="involved">The KEKs.</param>
    /// <param name="destroyedAt">When the last key was destroyed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<BackupProof> JudgeAsync(IReadOnlyList<InvolvedKek> involved, DateTimeOffset destroyedAt, CancellationToken cancellationToken)
    {
        var because = new List<string>();
        foreach (var kek in involved)
        {
            if (await ReasonAsync(kek, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                because.Add(reason);
            }
        }

        string[] asserted = [.. involved.Where(static kek => kek.DestructionFinalAt is not null).Select(static kek => kek.KekId)];
        if (because.Count > 0 || involved.Count == 0)
        {
            return new BackupProof(false, null, asserted, because);
        }

        var final = involved.Max(static kek => kek.DestructionFinalAt!.Value);
        return new BackupProof(true, final > destroyedAt ? final : destroyedAt, asserted, []);
    }

    private async Task<string?> ReasonAsync(InvolvedKek kek, CancellationToken cancellationToken)
    {
        if (kek.DestructionFinalAt is not { } final)
        {
            return $"The KEK {kek.KekId}, which wrapped these keys, is not destroyed: whoever has it and a backup of the key tables can read the values.";
        }

        if (final > now)
        {
            return $"The KEK {kek.KekId} is destroyed, and the destruction is final only at {final.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.";
        }

        return await AnswersAsync(kek.KekId, cancellationToken).ConfigureAwait(false)
            ? $"The KEK {kek.KekId} is noted as destroyed, and still answers: it is not."
            : null;
    }

    // Nothing follows from one that does not answer.
    private async Task<bool> AnswersAsync(string kekId, CancellationToken cancellationToken)
    {
        if (!keks.Unwraps(kekId) && kekId != own?.Uri)
        {
            return false;
        }

        try
        {
            await (kekId == own?.Uri ? keks.ProbeAsync(own, installation.Id, cancellationToken) : keks.ProbeAsync(kekId, installation.Id, cancellationToken)).ConfigureAwait(false);
            return true;
        }
        catch (KeyUnavailableException)
        {
            return false;
        }
    }
}
