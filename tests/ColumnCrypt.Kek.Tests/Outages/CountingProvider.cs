namespace ColumnCrypt.Kek.Tests.Outages;

/// <summary>A provider whose KEKs count their calls. Thread-safe.</summary>
internal sealed class CountingProvider(IKekProvider provider) : IKekProvider
{
    private int _calls;

    public string Scheme => provider.Scheme;

    public int Calls => Volatile.Read(ref _calls);

    public IKeyEncryptionKey Open(string uri, KekOptions options) => new CountingKek(provider.Open(uri, options), () => Interlocked.Increment(ref _calls));
}
