using ColumnCrypt.Kek;

namespace ColumnCrypt.TestSupport;

/// <summary>Opens several test KEKs by their URIs.</summary>
public sealed class ChoosingProvider(IEnumerable<SwitchableKek> keks) : IKekProvider
{
    public string Scheme => "test";

    public IKeyEncryptionKey Open(string uri, KekOptions options) => keks.Single(kek => kek.Id == uri);
}
