namespace ColumnCrypt.Kek;

internal sealed class InMemoryKekProvider : IKekProvider
{
    public const string Uri = "memory:";

    public string Scheme => "memory";

    public IKeyEncryptionKey Open(string uri, KekOptions options) => throw new NotImplementedException();
}
