using ColumnCrypt.Store;

namespace ColumnCrypt.Store.Tests.Hosts;

public sealed class InMemoryHost : KeyStoreHost
{
    private readonly InMemoryKeyStore _store = new();

    protected override IKeyStore OpenCore() => _store;
}
