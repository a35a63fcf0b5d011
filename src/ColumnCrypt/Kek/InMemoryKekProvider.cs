namespace ColumnCrypt.Kek;

/// <summary>The KEK of <c>UseInMemoryKeys()</c>: random, and gone with the process.</summary>
internal sealed class InMemoryKekProvider : IKekProvider
{
    public const string Uri = "memory:";

    public string Scheme => "memory";

    public IKeyEncryptionKey Open(string uri, KekOptions options) =>
        uri == Uri
            ? new LocalKeyEncryptionKey(uri, KekCapabilities.Ephemeral, () => LocalKek.Random(options.Cipher))
            : throw new EncryptionModelException($"'{uri}' names no KEK in memory: write '{Uri}'.");
}
