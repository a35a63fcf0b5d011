namespace ColumnCrypt.Kek;

/// <summary>
/// The KEKs that the configuration names, opened once each. A KEK that it does not name cannot be had here, whoever writes its URI
/// into the key tables. Thread-safe once filled.
/// </summary>
internal sealed class KekRegistry(IReadOnlyDictionary<string, IKekProvider> providers) : IDisposable
{
    private readonly OrderedDictionary<string, IKeyEncryptionKey> _allowed = new(StringComparer.Ordinal);

    /// <summary>The KEKs that are allowed, in the order of the configuration.</summary>
    public IReadOnlyCollection<IKeyEncryptionKey> Allowed => _allowed.Values;

    /// <summary>Opens a KEK and allows it; a URI given twice is opened once, with the options given first.</summary>
    /// <exception cref="EncryptionModelException">No backend is registered for the scheme, or the URI is malformed.</exception>
    public IKeyEncryptionKey Allow(string uri, KekOptions options)
    {
        if (!_allowed.TryGetValue(uri, out var kek))
        {
            kek = ProviderOf(uri).Open(uri, options);
            _allowed.Add(uri, kek);
        }

        return kek;
    }

    /// <summary>The KEK of a URI, or null where the configuration does not name it.</summary>
    public IKeyEncryptionKey? Find(string uri) => _allowed.GetValueOrDefault(uri);

    /// <summary>Closes every KEK that holds something.</summary>
    public void Dispose()
    {
        foreach (var kek in _allowed.Values.OfType<IDisposable>())
        {
            kek.Dispose();
        }
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
