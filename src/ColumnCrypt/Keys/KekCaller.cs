using System.Collections.Concurrent;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>Chooses among the KEKs that the configuration allows, and calls no other. Thread-safe.</summary>
internal sealed class KekCaller(KekRegistry keks, KekRoles roles, KeyBounds bounds, RingServices services) : IDisposable
{
    private readonly KekCalls _calls = new(keks, bounds, services);
    private readonly HierarchicalKek _layer = new(services);
    private readonly ConcurrentDictionary<string, bool> _unwrappedThrough = new(StringComparer.Ordinal);

    /// <summary>The URIs of the KEKs that the configuration allows, in its order; of a hierarchical one that of its inner KEK.</summary>
    public IEnumerable<string> AllowedIds => keks.Allowed.Select(static kek => kek.Id);

    /// <summary>The URI of the KEK that wraps new keys: the first one of the configuration that the store has not retired.</summary>
    /// <exception cref="KeyUnavailableException">There is none.</exception>
    public string WrappingId(KekStanding standing) =>
        roles.Wrapping.FirstOrDefault(standing.MayWrap) ?? throw NotWrapped(roles.Wrapping, "Name its successor in the configuration with UseKek.");

    /// <summary>The URIs of the KEKs that unwrap here, in the configuration's order.</summary>
    public IEnumerable<string> UnwrappingIds => AllowedIds.Where(Unwraps);

    /// <summary>The KEKs that wrap new keys, escrow included, or unwrap here, and whether each wraps.</summary>
    public IEnumerable<(string KekId, bool Wraps)> InUse => AllowedIds.Select(id => (id, roles.Wraps(id)));

    /// <summary>The URIs of the KEKs through which this process has unwrapped a key, in ordinal order.</summary>
    public IReadOnlyList<string> UnwrappedThrough => [.. _unwrappedThrough.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The URIs of the KEKs whose missing wraps are made later: of those that wrap new keys now, the ones that may lag.</summary>
    public IReadOnlyList<string> RepairedIds(KekStanding standing) =>
        [.. roles.Also.Where(standing.MayWrap).Prepend(roles.Wrapping.FirstOrDefault(standing.MayWrap)).OfType<string>().Where(roles.MayLag)];

    /// <summary>True for a KEK that stands beside the one that wraps: its wraps stay where that one changes.</summary>
    public bool IsAlso(string kekId) => roles.IsAlso(kekId);

    /// <inheritdoc cref="KekRoles.PriorityOf"/>
    public int PriorityOf(string kekId) => roles.PriorityOf(kekId);

    /// <summary>True for a KEK that the configuration names; for the layer of intermediate keys where it names a hierarchical one.</summary>
    public bool IsAllowed(string kekId) => HierarchicalUri.IsHierarchical(kekId)
        ? kekId == HierarchicalUri.Layer ? keks.Hierarchical.Count > 0 : keks.Hierarchical.Contains(kekId, StringComparer.Ordinal)
        : keks.Find(kekId) is not null;

    /// <summary>The URIs of the hierarchical KEKs that the configuration allows, in its order.</summary>
    public IReadOnlyList<string> HierarchicalIds => keks.Hierarchical;

    /// <summary>Lets intermediate keys of a store be found, once its installation key is known.</summary>
    public void Attach(StoreSession session, Installation installation, KeyMaker maker)
    {
        var loader = new IntermediateLoader(session, installation, this, services);
        _layer.Attach(installation.Id, new IntermediateKeys(
            new IntermediateSupply(session, installation, loader, maker, bounds, services), new IntermediateCache(loader, bounds, services)));
    }

    /// <summary>Evicts what nobody wanted for the idle time.</summary>
    public void Sweep() => _layer.Sweep();

    /// <summary>True where tenants may have KEKs of their own.</summary>
    public bool AllowsTenantKeks => keks.AllowsTenantKeks;

    /// <summary>False for a KEK that is not allowed, that is here for escrow alone, or that was found to hold its public half alone.</summary>
    public bool Unwraps(string kekId) => Find(kekId) is { } kek && roles.Unwraps(kekId) && !kek.Capabilities.HasFlag(KekCapabilities.WrapOnly);

    /// <summary>True where a KEK that unwraps here wraps with a public key: then anybody can make a wrap that this process opens.</summary>
    public bool AnyoneCanWrap => keks.Allowed.Any(kek => roles.Unwraps(kek.Id) && kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));

    /// <summary>True for a KEK that may be somebody's escrow: it wraps with a public key, or never unwraps here. A hierarchical one is none. Does no I/O.</summary>
    public bool MayBeEscrow(string kekId) => keks.Find(kekId) is { } kek && (!roles.Unwraps(kekId) || (kek.Capabilities & (KekCapabilities.PublicWrap | KekCapabilities.WrapOnly)) != 0);

    /// <summary>True for a KEK through which this process cannot unwrap: its wraps cannot be proved here.</summary>
    /// <exception cref="KeyUnavailableException">The configuration does not allow it, or it cannot be opened.</exception>
    public async Task<bool> IsEscrowAsync(string kekId, CancellationToken cancellationToken)
    {
        var kek = Demand(kekId);
        if (!MayBeEscrow(kekId) || !roles.Unwraps(kekId))
        {
            return !roles.Unwraps(kekId);
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
    public Task CheckAsync(string kekId, CancellationToken cancellationToken) => _calls.CheckAsync(Demand(kekId), cancellationToken);

    /// <summary>What an allowed KEK tells of itself once it is open: its security strength in bits and the end of its validity; null where it does not say.</summary>
    public async Task<(int? SecurityStrength, DateTimeOffset? ExpiresAt)> DescribeAsync(string kekId, CancellationToken cancellationToken)
    {
        var kek = Demand(kekId);
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
        var kek = Demand(kekId);
        using var secret = services.Memory.Rent(Kdf.Size);
        SystemRandom.Fill(secret.GetSpan());
        var context = new WrapContext(default, "", default, KeyKind.Data);
        return (await _calls.RunAsync("wrap", kek, context, token => kek.WrapAsync(secret.Memory, context, token), cancellationToken).ConfigureAwait(false)).KekVersion;
    }

    /// <summary>
    /// Wraps a new key under the first KEK that the configuration wraps with and the store has not retired, under those that stand beside it, and under
    /// every escrow KEK; or, where the tenant has a KEK of its own, under that one alone. One that may lag is left out where it does not answer, as long as
    /// another one that unwraps here does.
    /// </summary>
    /// <exception cref="KeyUnavailableException">There is none, or one that may not lag does not answer, or one refuses.</exception>
    public async Task<IReadOnlyList<WrapRecord>> WrapNewAsync(
        ReadOnlyMemory<byte> key, WrapContext context, KekStanding standing, DateTimeOffset now, CancellationToken cancellationToken, string? own = null)
    {
        if (own is not null)
        {
            return standing.MayWrap(own)
                ? [await WrapAsync(Demand(own, context.Tenant, own), key, context, now, cancellationToken).ConfigureAwait(false)]
                : throw NotWrapped([own], $"It is the own KEK of tenant '{context.Tenant}': give the tenant another one.");
        }

        string kekId = WrappingId(standing);
        if (roles.Escrow.Any(escrow => !standing.MayWrap(escrow)))
        {
            throw NotWrapped(roles.Escrow, "Name its successor in the configuration with EscrowTo.");
        }

        var wraps = new List<WrapRecord>();
        KeyUnavailableException? missing = null;
        foreach (var meant in roles.Also.Where(standing.MayWrap).Prepend(kekId).GroupBy(id => HierarchicalUri.WrapIdOf(id, context.Tenant), StringComparer.Ordinal))
        {
            try
            {
                wraps.Add(await WrapAsync(Demand(meant.Key), key, context, now, cancellationToken).ConfigureAwait(false));
            }
            catch (KeyUnavailableException error) when (error.IsTransient && meant.All(roles.MayLag))
            {
                missing ??= error;
                services.Logger.KekLags(meant.Key, error);
            }
        }

        if (missing is not null && !wraps.Exists(wrap => Unwraps(wrap.KekId)))
        {
            throw missing;
        }

        foreach (string id in roles.Escrow)
        {
            wraps.Add(await WrapAsync(Demand(id), key, context, now, cancellationToken).ConfigureAwait(false));
        }

        return wraps;
    }

    /// <summary>Gathers the calls of keys that are moved side by side.</summary>
    public KekBatcher Batcher() => new(_calls);

    /// <summary>How many keys a KEK takes in one call; 1 where it is not allowed, or a tenant's own.</summary>
    public int MaxBatchSize(string kekId) => Find(kekId)?.MaxBatchSize ?? 1;

    /// <summary>True for an allowed KEK whose calls go elsewhere one by one.</summary>
    public bool IsSlow(string kekId) => keks.Find(kekId) is { MaxBatchSize: 1 } kek && kek.Capabilities.HasFlag(KekCapabilities.Remote);

    /// <summary>Wraps a key under one KEK; together with others where a batcher is given and the KEK takes several.</summary>
    public Task<WrapRecord> WrapUnderAsync(string kekId, ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now, string? own, KekBatcher? batcher = null) =>
        WrapAsync(Demand(kekId, context.Tenant, own), key, context, now, CancellationToken.None, batcher);

    /// <summary>Wraps anew under the newest version of the KEK that made a wrap; together with others where a batcher is given and the KEK takes several.</summary>
    public async Task<WrapRecord> RewrapAsync(WrapRecord wrap, WrapContext context, DateTimeOffset now, string? own, KekBatcher? batcher = null)
    {
        var kek = Demand(wrap.KekId, context.Tenant, own);
        var old = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
        var wrapped = batcher is not null && MaxBatchSize(kek.Id) > 1
            ? await batcher.RewrapAsync(kek, new RewrapInput(old, context)).ConfigureAwait(false)
            : await _calls.RunAsync("rewrap", kek, context, token => kek.RewrapAsync(old, context, token), CancellationToken.None).ConfigureAwait(false);
        return Record(kek, wrapped, context, now);
    }

    /// <summary>
    /// Unwraps a key through the first of its wraps that an allowed KEK opens: the tenant's own first, then by the store's order and the
    /// configuration's; those that have not answered lately come last.
    /// </summary>
    /// <param name="wraps">The wraps.</param>
    /// <param name="context">What they are bound to.</param>
    /// <param name="destination">Takes the key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="standing">What the store says of the KEKs; null for nothing.</param>
    /// <param name="own">The URI of the tenant's own KEK, out of its row once the mac is checked; null where it has none.</param>
    /// <param name="batcher">Makes the calls together with others where a KEK takes several; null for by themselves.</param>
    /// <returns>The size of the key in bytes.</returns>
    /// <exception cref="KeyUnavailableException">No allowed KEK opened a wrap; the reason is that of the first one tried.</exception>
    public async Task<int> UnwrapAsync(
        IEnumerable<WrapRecord> wraps, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken, KekStanding? standing = null, string? own = null, KekBatcher? batcher = null)
    {
        KeyUnavailableException? first = null;
        bool blind = false;
        var candidates = wraps.Where(static wrap => wrap.Wrapped is not null).ToList();
        var allowed = keks.Allowed.Where(kek => roles.Unwraps(kek.Id));
        IKeyEncryptionKey[] tenants = [];
        try
        {
            tenants = own is not null && candidates.Exists(wrap => wrap.KekId == own) ? [Demand(own, context.Tenant, own)] : [];
        }
        catch (KeyUnavailableException error)
        {
            // Until the tenant's old wraps are dropped, a node that is not configured for its KEK reads through those.
            first = error;
        }

        foreach (var kek in tenants.Concat((standing?.Sort(allowed) ?? allowed).SelectMany(WithLayer).Distinct().OrderBy(static kek => kek.Capabilities.HasFlag(KekCapabilities.WrapOnly)).ThenBy(_calls.IsCutOff)))
        {
            foreach (var wrap in candidates.Where(wrap => wrap.KekId == kek.Id).OrderByDescending(static wrap => wrap.ValidFrom))
            {
                try
                {
                    var wrapped = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
                    int size = batcher is not null && MaxBatchSize(kek.Id) > 1
                        ? await batcher.UnwrapAsync(kek, new UnwrapInput(wrapped, context, destination)).ConfigureAwait(false)
                        : await _calls.RunAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, destination, token), cancellationToken).ConfigureAwait(false);
                    _unwrappedThrough.TryAdd(kek.Id, true);
                    return size;
                }
                catch (KeyUnavailableException error)
                {
                    // That a public half does not unwrap says nothing of the key; it is told where nothing else is.
                    first = first is null || blind ? error : first;
                    blind = first == error && kek.Capabilities.HasFlag(KekCapabilities.WrapOnly);
                }
            }
        }

        if (first is not null)
        {
            throw first;
        }

        if (candidates.Count == 0)
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.Tampered,
                $"The {context} of tenant '{context.Tenant}' has no wrap, although it is not destroyed. Restore the key tables from a backup that has one.");
        }

        foreach (var wrap in candidates.Where(wrap => !IsAllowed(wrap.KekId)))
        {
            services.Logger.KekRefused(wrap.KekId);
        }

        throw new KeyUnavailableException(
            KeyUnavailableReason.KekNotAllowed,
            $"The {context} of tenant '{context.Tenant}' is wrapped only by KEKs that this configuration does not allow, or for escrow alone. If one of them is yours to unwrap with, add it with AllowKek.");
    }

    /// <summary>Proves a KEK live with a key that is thrown away: wraps, unwraps, and unwraps under a context that must be refused.</summary>
    public Task<KekProbe> ProbeAsync(string kekId, KeyId installationId, CancellationToken cancellationToken) =>
        new KekProver(_calls, services).ProbeAsync(Demand(kekId), "", installationId, cancellationToken);

    /// <summary>Proves a tenant's own KEK live, with that tenant's credentials.</summary>
    public Task<KekProbe> ProbeAsync(TenantKek kek, KeyId installationId, CancellationToken cancellationToken) =>
        new KekProver(_calls, services).ProbeAsync(Demand(kek.Uri, kek.Tenant, kek.Uri), kek.Tenant, installationId, cancellationToken);

    /// <summary>Closes the KEKs: those of this process are zeroed, and intermediate keys.</summary>
    public void Dispose()
    {
        _layer.Dispose();
        keks.Dispose();
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

    // What is asked about a hierarchical KEK is asked about its inner KEK.
    private IKeyEncryptionKey? Find(string kekId) =>
        !IsAllowed(kekId) ? null
        : kekId == HierarchicalUri.Layer ? _layer
        : keks.Find(HierarchicalUri.InnerOf(kekId));

    // Intermediate keys are tried where the first KEK stands that may wrap them.
    private IEnumerable<IKeyEncryptionKey> WithLayer(IKeyEncryptionKey kek) =>
        keks.Hierarchical.Contains(HierarchicalUri.Layer + kek.Id, StringComparer.Ordinal) ? [_layer, kek] : [kek];

    private IKeyEncryptionKey Demand(string kekId) => Find(kekId) ?? throw new KeyUnavailableException(
        KeyUnavailableReason.KekNotAllowed, $"The configuration does not allow the KEK {kekId}. Name it there with UseKek or AllowKek.");

    // A tenant's own KEK is had for that tenant alone.
    private IKeyEncryptionKey Demand(string kekId, string tenant, string? own)
    {
        if (kekId != own)
        {
            return Demand(kekId);
        }

        try
        {
            return keks.OfTenant(new TenantKek(tenant, kekId));
        }
        catch (EncryptionModelException error)
        {
            throw new KeyUnavailableException(KeyUnavailableReason.KekNotAllowed, error.Message, error);
        }
        catch (KekException error)
        {
            throw new KeyUnavailableException(
                error.IsTransient ? KeyUnavailableReason.Unavailable : KeyUnavailableReason.Denied, $"The KEK {kekId} of tenant '{tenant}' cannot be opened: {error.Message}", error);
        }
    }
}
