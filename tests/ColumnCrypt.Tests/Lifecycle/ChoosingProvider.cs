using ColumnCrypt.Kek;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

/// <summary>Opens several test KEKs by their URIs.</summary>
internal sealed class ChoosingProvider(IEnumerable<SwitchableKek> keks) : IKekProvider
{
    public string Scheme => "test";

    public IKeyEncryptionKey Open(string uri, KekOptions options) => keks.Single(kek => kek.Id == uri);
}
