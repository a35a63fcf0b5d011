using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>Chooses among the KEKs that the configuration allows, and calls no other. Thread-safe.</summary>
internal sealed class KekCaller : IDisposable
{
    private readonly KekRegistry _keks;
    private readonly KekRoles _roles;
    private readonly KeyBounds _bounds;
    private readonly RingServices _services;
    private readonly KekCalls _calls;
    private readonly HierarchicalKek _layer;
    private readonly AllowedKeks _allowed;
    private readonly KekUnwrapper _unwrapper;

    public KekCaller(KekRegistry keks, KekRoles roles, KeyBounds bounds, RingServices services)
    {
        (_keks, _roles, _bounds, _services) = (keks, roles, bounds, services);
        _calls = new KekCalls(keks, bounds, services);
        _layer = new HierarchicalKek(services);
        _allowed = new AllowedKeks(keks, roles, _layer);
        _unwrapper = new KekUnwrapper(_allowed, _calls, services);
    }

    /// <summary>The URIs of the KEKs that the configuration allows, in its order; of a hierarchical one that of its inner KEK.</summary>
    public IEnumerable<string> AllowedIds => _keks.Allowed.Select(static kek => kek.Id);

    /// <summary>The URI of the KEK that wraps new keys: the first one of the configuration that the store has not retired.</summary>
    /// <exception cref="KeyUnavailableException">There is none.</exception>
    public string WrappingId(KekStanding standing) =>
        _roles.Wrapping.FirstOrDefault(standing.MayWrap) ?? throw NotWrapped(_roles.Wrapping, "Name its successor in the configuration with UseKek.");

    /// <summary>The URIs of the KEKs that unwrap here, in the configuration's order.</summary>
    public IEnumerable<string> UnwrappingIds => AllowedIds.Where(Unwraps);

    /// <summary>The KEKs that wrap new keys, escrow included, or unwrap here, and whether each wraps.</summary>
    public IEnumerable<(string KekId, bool Wraps)> InUse => AllowedIds.Select(id => (id, _roles.Wraps(id)));

    /// <summary>The URIs of the KEKs through which this process has unwrapped a key, in ordinal order.</summary>
    public IReadOnlyList<string> UnwrappedThrough => _unwrapper.Through;

    /// <summary>The URIs of the KEKs whose missing wraps are made later: of those that wrap new keys now, the ones that may lag.</summary>
    public IReadOnlyList<string> RepairedIds(KekStanding standing) =>
        [.. _roles.Also.Where(standing.MayWrap).Prepend(_roles.Wrapping.FirstOrDefault(standing.MayWrap)).OfType<string>().Where(_roles.MayLag)];

    /// <summary>True for a KEK that stands beside the one that wraps: its wraps stay where that one changes.</summary>
    public bool IsAlso(string kekId) => _roles.IsAlso(kekId);

    /// <inheritdoc cref="KekRoles.PriorityOf"/>
    public int PriorityOf(string kekId) => _roles.PriorityOf(kekId);

    /// <inheritdoc cref="AllowedKeks.Contains"/>
    public bool IsAllowed(string kekId) => _allowed.Contains(kekId);

    /// <summary>Lets intermediate keys of a store be found, once its installation key is known.</summary>
    public void Attach(StoreSession session, Installation installation, KeyMaker maker)
    {
        var loader = new IntermediateLoader(session, installation, this, _services);
        _layer.Attach(installation.Id, new IntermediateKeys(
            new IntermediateSupply(session, installation, loader, maker, _bounds, _services), new IntermediateCache(loader, _bounds, _services), loader));
    }

    /// <summary>Evicts what nobody wanted for the idle time.</summary>
    public void Sweep() => _layer.Sweep();

    /// <summary>True where tenants may have KEKs of their own.</summary>
    public bool AllowsTenantKeks => _keks.AllowsTenantKeks;

    /// <summary>False for a KEK that is not allowed, that is here for escrow alone, or that was found to hold its public half alone.</summary>
    public bool Unwraps(string kekId) => _allowed.Find(kekId) is { } kek && _roles.Unwraps(kekId) && !kek.Capabilities.HasFlag(KekCapabilities.WrapOnly);

    /// <summary>True where a KEK that unwraps here wraps with a public key: then anybody can make a wrap that this process opens.</summary>
    public bool AnyoneCanWrap => _keks.Allowed.Any(kek => _roles.Unwraps(kek.Id) && kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));

    /// <summary>True for a KEK that may be somebody's escrow: it wraps with a public key, or never unwraps here. A hierarchical one is none. Does no I/O.</summary>
    public bool MayBeEscrow(string kekId) => _keks.Find(kekId) is { } kek && (!_roles.Unwraps(kekId) || (kek.Capabilities & (KekCapabilities.PublicWrap | KekCapabilities.WrapOnly)) != 0);

    /// <summary>True for a KEK through which this process cannot unwrap: its wraps cannot be proved here.</summary>
    /// <exception cref="KeyUnavailableException">The configuration does not allow it, or it cannot be opened.</exception>
    public async Task<bool> IsEscrowAsync(string kekId, CancellationToken cancellationToken)
    {
        var kek = _allowed.Demand(kekId);
        if (!MayBeEscrow(kekId) || !_roles.Unwraps(kekId))
        {
            return !_roles.Unwraps(kekId);
        }

        try
        {
            await _calls.CheckAsync(kek, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.Disabled)
        {
            // It is open, so that what it holds is known; whether it wraps is another question.
        }

        return kek.Capabilities.HasFlag(KekCapabilities.WrapOnly);
    }

    /// <summary>Returns where an allowed KEK can be used now.</summary>
    /// <exception cref="KeyUnavailableException">It is not allowed, or cannot.</exception>
    public Task CheckAsync(string kekId, CancellationToken cancellationToken) => _calls.CheckAsync(_allowed.Demand(kekId), cancellationToken);

    /// <summary>What an allowed KEK tells of itself once it is open: its security strength in bits and the end of its validity; null where it does not say.</summary>
    public async Task<(int? SecurityStrength, DateTimeOffset? ExpiresAt)> DescribeAsync(string kekId, CancellationToken cancellationToken)
    {
        var kek = _allowed.Demand(kekId);
        try
        {
            await _calls.CheckAsync(kek, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException)
        {
            // Whether it answers is another question; an expired one, for one, does not, and says since when.
        }

        return (kek.SecurityStrength, kek.ExpiresAt);
    }

    /// <summary>The version under which a KEK wraps now, learnt by wrapping a key that is thrown away.</summary>
    public async Task<string> VersionAsync(string kekId, CancellationToken cancellationToken)
    {
        var kek = _allowed.Demand(kekId);
        using var secret = _services.Memory.Rent(Kdf.Size);
        SystemRandom.Fill(secret.GetSpan());
        var context = new WrapContext(default, "", default, KeyKind.Data);
        return (await _calls.RunAsync("wrap", kek, context, token => kek.WrapAsync(secret.Memory, context, token), cancellationToken).ConfigureAwait(false)).KekVersion;
    }

    /// <summary>
    /// Wraps a new key under the first KEK that the configuration wraps with and the store has not retired, under those that stand beside it, and under
    /// every escrow KEK; or, where the tenant has a KEK of its own, under that one alone. A rewrap may name one more. One that may lag is left out where it does not answer, as long as
    /// another one that unwraps here does.
    /// </summary>
    /// <exception cref="KeyUnavailableException">There is none, or one that may not lag does not answer, or one refuses.</exception>
    public async Task<IReadOnlyList<WrapRecord>> WrapNewAsync(
        ReadOnlyMemory<byte> key, WrapContext context, KekStanding standing, DateTimeOffset now, CancellationToken cancellationToken, string? own = null, string? also = null)
    {
        if (own is not null)
        {
            return standing.MayWrap(own)
                ? [await WrapAsync(_allowed.Demand(own, context.Tenant, own), key, context, now, cancellationToken).ConfigureAwait(false)]
                : throw NotWrapped([own], $"It is the own KEK of tenant '{context.Tenant}': give the tenant another one.");
        }

        string kekId = WrappingId(standing);
        if (_roles.Escrow.Any(escrow => !standing.MayWrap(escrow)))
        {
            throw NotWrapped(_roles.Escrow, "Name its successor in the configuration with EscrowTo.");
        }

        var wraps = new List<WrapRecord>();
        KeyUnavailableException? missing = null;
        foreach (var meant in _roles.Also.Where(standing.MayWrap).Prepend(kekId).Concat(also is null ? [] : [also]).GroupBy(id => HierarchicalUri.WrapIdOf(id, context.Tenant), StringComparer.Ordinal))
        {
            try
            {
                wraps.Add(await WrapAsync(_allowed.Demand(meant.Key), key, context, now, cancellationToken).ConfigureAwait(false));
            }
            catch (KeyUnavailableException error) when (error.IsTransient && meant.All(_roles.MayLag))
            {
                missing ??= error;
                _services.Logger.KekLags(meant.Key, error);
            }
        }

        if (missing is not null && !wraps.Exists(wrap => Unwraps(wrap.KekId)))
        {
            throw missing;
        }

        foreach (string id in _roles.Escrow)
        {
            wraps.Add(await WrapAsync(_allowed.Demand(id), key, context, now, cancellationToken).ConfigureAwait(false));
        }

        return wraps;
    }

    /// <summary>Proves wraps under intermediate keys past what this process remembers, through the inner KEK of a hierarchical one; null for any other KEK.</summary>
    public IntermediateProver? Prover(string kekId, KeyId installationId) => HierarchicalUri.IsHierarchical(kekId) ? _layer.Prover(installationId, HierarchicalUri.InnerOf(kekId)) : null;

    /// <summary>Gathers the calls of keys that are moved side by side.</summary>
    public KekBatcher Batcher() => new(_calls);

    /// <inheritdoc cref="AllowedKeks.MaxBatchSize"/>
    public int MaxBatchSize(string kekId) => _allowed.MaxBatchSize(kekId);

    /// <summary>True for an allowed KEK whose calls go elsewhere one by one.</summary>
    public bool IsSlow(string kekId) => _keks.Find(kekId) is { MaxBatchSize: 1 } kek && kek.Capabilities.HasFlag(KekCapabilities.Remote);

    /// <summary>
    /// Wraps a key under one KEK; together with others where a batcher is given and the KEK takes several. Under a hierarchical one an intermediate key that is made for it is wrapped
    /// by the inner KEK, too.
    /// </summary>
    public async Task<WrapRecord> WrapUnderAsync(string kekId, ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now, string? own, KekBatcher? batcher = null)
    {
        var kek = _allowed.Demand(HierarchicalUri.WrapIdOf(kekId, context.Tenant), context.Tenant, own);
        return kek == _layer
            ? Record(_layer, await _calls.RunAsync("wrap", _layer, context, token => _layer.WrapAsync(key, context, kekId, token), CancellationToken.None).ConfigureAwait(false), context, now)
            : await WrapAsync(kek, key, context, now, CancellationToken.None, batcher).ConfigureAwait(false);
    }

    /// <summary>Wraps anew under the newest version of the KEK that made a wrap; together with others where a batcher is given and the KEK takes several.</summary>
    public async Task<WrapRecord> RewrapAsync(WrapRecord wrap, WrapContext context, DateTimeOffset now, string? own, KekBatcher? batcher = null)
    {
        var kek = _allowed.Demand(wrap.KekId, context.Tenant, own);
        var old = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
        var wrapped = batcher is not null && MaxBatchSize(kek.Id) > 1
            ? await batcher.RewrapAsync(kek, new RewrapInput(old, context)).ConfigureAwait(false)
            : await _calls.RunAsync("rewrap", kek, context, token => kek.RewrapAsync(old, context, token), CancellationToken.None).ConfigureAwait(false);
        return Record(kek, wrapped, context, now);
    }

    /// <inheritdoc cref="KekUnwrapper.UnwrapAsync"/>
    public Task<int> UnwrapAsync(
        IEnumerable<WrapRecord> wraps, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken, KekStanding? standing = null, string? own = null, KekBatcher? batcher = null) =>
        _unwrapper.UnwrapAsync(wraps, context, destination, cancellationToken, standing, own, batcher);

    /// <summary>Proves a KEK live with a key that is thrown away: wraps, unwraps, and unwraps under a context that must be refused.</summary>
    public Task<KekProbe> ProbeAsync(string kekId, KeyId installationId, CancellationToken cancellationToken) =>
        new KekProver(_calls, _services).ProbeAsync(_allowed.Demand(kekId), "", installationId, cancellationToken);

    /// <summary>Proves a tenant's own KEK live, with that tenant's credentials.</summary>
    public Task<KekProbe> ProbeAsync(TenantKek kek, KeyId installationId, CancellationToken cancellationToken) =>
        new KekProver(_calls, _services).ProbeAsync(_allowed.Demand(kek.Uri, kek.Tenant, kek.Uri), kek.Tenant, installationId, cancellationToken);

    /// <summary>Closes the KEKs: those of this process are zeroed, and intermediate keys.</summary>
    public void Dispose()
    {
        _layer.Dispose();
        _keks.Dispose();
    }

    private async Task<WrapRecord> WrapAsync(
        IKeyEncryptionKey kek, ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now, CancellationToken cancellationToken, KekBatcher? batcher = null)
    {
        var wrapped = batcher is not null && MaxBatchSize(kek.Id) > 1
            ? await batcher.WrapAsync(kek, new WrapInput(key, context)).ConfigureAwait(false)
            : await _calls.RunAsync("wrap", kek, context, token => kek.WrapAsync(key, context, token), cancellationToken).ConfigureAwait(false);
        return Record(kek, wrapped, context, now);
    }

    private static WrapRecord Record(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext context, DateTimeOffset now) => new()
    {
        KeyId = context.KeyId,
        KekId = kek.Id,
        KekVersion = wrapped.KekVersion,
        Wrapped = wrapped.Bytes.ToArray(),
        ValidFrom = now,
    };

    private static KeyUnavailableException NotWrapped(IEnumerable<string> kekIds, string advice) => new(
        KeyUnavailableReason.KekNotAllowed, $"No key can be wrapped: {string.Join(", ", kekIds)} is retired or destroyed in the key store. {advice}");
}
