using System.Collections.Concurrent;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Kek;

/// <summary>
/// The KEKs that the configuration names, opened once each. A KEK that it does not name cannot be had here, whoever writes its URI
/// into the key tables; nor can a tenant's own KEK for any other tenant. Thread-safe once filled.
/// </summary>
/// <param name="providers">The backends, by scheme.</param>
/// <param name="cipher">Whose AES-256-GCM the KEKs of this process wrap with.</param>
/// <param name="configureTenantKek">Sets what a tenant's own KEK needs, by tenant and URI; null where tenants may have none.</param>
internal sealed class KekRegistry(IReadOnlyDictionary<string, IKekProvider> providers, AeadProvider cipher, Action<TenantKek, KekOptions>? configureTenantKek = null) : IDisposable
{
    private static readonly KekResilienceOptions s_unguarded = new();

    private readonly ConcurrentDictionary<TenantKek, Lazy<IKeyEncryptionKey>> _tenantKeks = new();
    private readonly ConcurrentDictionary<IKeyEncryptionKey, KekResilienceOptions> _resilience = new(ReferenceEqualityComparer.Instance);
    private readonly OrderedDictionary<string, IKeyEncryptionKey> _allowed = new(StringComparer.Ordinal);
    private readonly List<string> _hierarchical = [];

    /// <summary>The KEKs that are allowed, in the order of the configuration.</summary>
    public IReadOnlyCollection<IKeyEncryptionKey> Allowed => _allowed.Values;

    /// <summary>The URIs of the hierarchical KEKs that are allowed, in the order of the configuration; their inner KEKs are among <see cref="Allowed"/>.</summary>
    public IReadOnlyList<string> Hierarchical => _hierarchical;

    /// <summary>Opens a KEK and allows it; of a hierarchical one the inner KEK. A URI given twice is opened once, with the options given first.</summary>
    /// <exception cref="EncryptionModelException">No backend is registered for the scheme, or the URI is malformed.</exception>
    public IKeyEncryptionKey Allow(string uri, KekOptions options)
    {
        if (HierarchicalUri.IsHierarchical(uri))
        {
            var inner = Allow(HierarchicalUri.DemandInner(uri), options);
            _hierarchical.AddRange(_hierarchical.Contains(uri, StringComparer.Ordinal) ? [] : [uri]);
            return inner;
        }

        if (!_allowed.TryGetValue(uri, out var kek))
        {
            kek = Open(uri, options);
            _allowed.Add(uri, kek);
        }

        return kek;
    }

    /// <summary>The KEK of a URI, or null where the configuration does not name it.</summary>
    public IKeyEncryptionKey? Find(string uri) => _allowed.GetValueOrDefault(uri);

    /// <summary>True where tenants may have KEKs of their own.</summary>
    public bool AllowsTenantKeks => configureTenantKek is not null;

    /// <summary>A tenant's own KEK, opened with that tenant's options; the same instance from then on.</summary>
    /// <param name="kek">The tenant and the URI, out of the tenant's row once its mac is checked.</param>
    /// <exception cref="EncryptionModelException">
    /// Tenants may have none here, it is a KEK of the application or hierarchical, no backend is registered for the scheme, or the URI is malformed.
    /// </exception>
    /// <exception cref="KekException">The application has no options for the tenant, or the KEK cannot be opened with them.</exception>
    public IKeyEncryptionKey OfTenant(TenantKek kek)
    {
        if (HierarchicalUri.IsHierarchical(kek.Uri))
        {
            throw new EncryptionModelException(
                $"A tenant's own KEK wraps the tenant's keys itself, and {kek.Uri} is hierarchical: an intermediate key is the installation's, and wraps keys of many tenants. Give the tenant {HierarchicalUri.InnerOf(kek.Uri)}.");
        }

        if (_allowed.ContainsKey(kek.Uri))
        {
            throw new EncryptionModelException($"The KEK {kek.Uri} is the application's, and so no tenant's own.");
        }

        if (configureTenantKek is not { } configure)
        {
            throw new EncryptionModelException($"Tenant '{kek.Tenant}' has a KEK of its own, {kek.Uri}, and this configuration allows none: call UseTenantKeks.");
        }

        return _tenantKeks.GetOrAdd(kek, name => new Lazy<IKeyEncryptionKey>(() => Open(name, configure), LazyThreadSafetyMode.PublicationOnly)).Value;
    }

    /// <summary>How the calls of a KEK are guarded: as its options say where it was opened here, else by the defaults.</summary>
    public KekResilienceOptions ResilienceOf(IKeyEncryptionKey kek) => _resilience.TryGetValue(kek, out var options) ? options : s_unguarded;

    /// <summary>Closes every KEK that holds something.</summary>
    public void Dispose()
    {
        foreach (var kek in _allowed.Values.Concat(_tenantKeks.Values.Where(static kek => kek.IsValueCreated).Select(static kek => kek.Value)).OfType<IDisposable>())
        {
            kek.Dispose();
        }
    }

    private IKeyEncryptionKey Open(TenantKek kek, Action<TenantKek, KekOptions> configure)
    {
        var options = new KekOptions { IsTenantsOwn = true, Cipher = cipher };
        try
        {
            configure(kek, options);
        }
        catch (Exception error) when (error is not ColumnCryptException)
        {
            throw new KekException(KekFailure.Denied, $"What UseTenantKeks was given ended with {error.GetType().Name}.", error);
        }

        return Open(kek.Uri, options);
    }

    private IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        string[] mistakes = [.. options.Resilience.Mistakes()];
        if (mistakes.Length > 0)
        {
            throw new EncryptionModelException($"The options of the KEK {uri} are wrong: {string.Join("; ", mistakes)}.");
        }

        options.Cipher = cipher;
        var kek = ProviderOf(uri).Open(uri, options);
        _resilience[kek] = options.Resilience;
        return kek;
    }

    private IKekProvider ProviderOf(string uri)
    {
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            throw new EncryptionModelException($"'{uri}' is no KEK URI. A KEK URI begins with its scheme and a colon: file:kek.json.");
        }

        string scheme = uri[..colon];
        return providers.TryGetValue(scheme, out var provider)
            ? provider
            : throw new EncryptionModelException($"No KEK backend is registered for '{scheme}:'. {KekPackages.Advice(scheme, providers.Keys)}");
    }
}
