using ColumnCrypt.Store;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>Fresh key tables of one kind, for one test.</summary>
public abstract class KeyStoreHost : IAsyncDisposable
{
    private readonly List<IKeyStore> _opened = [];

    /// <summary>A store on the tables, as another node would open it.</summary>
    public IKeyStore Open()
    {
        var store = OpenCore();
        _opened.Add(store);
        return store;
    }

    /// <summary>A store on the tables, which exist.</summary>
    public async Task<IKeyStore> OpenCreatedAsync()
    {
        var store = Open();
        await store.CreateTablesAsync(CancellationToken.None);
        return store;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in _opened.OfType<IAsyncDisposable>())
        {
            await store.DisposeAsync();
        }
    }

    protected abstract IKeyStore OpenCore();
}
