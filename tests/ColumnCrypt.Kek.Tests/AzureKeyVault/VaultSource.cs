using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>KEKs of one host of a <see cref="VaultDouble"/> for the contract.</summary>
/// <param name="host">The host.</param>
/// <param name="type">The type of the keys.</param>
/// <param name="bits">Their size.</param>
public abstract class VaultSource(string host, string type, int bits) : IRemoteKekSource, IDisposable
{
    private readonly VaultDouble _vault = new();
    private readonly VaultDouble _failing = new();
    private IKeyEncryptionKey? _kek;
    private IKeyEncryptionKey? _another;

    public string Uri => Kek.Id;

    public int StrideOfChanges => type == "RSA" ? 41 : 1;

    public int RoundsOfEachCaller => 2;

    private IKeyEncryptionKey Kek => _kek ??= Create().Kek;

    public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(Kek);

    public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another ??= Create().Kek);

    // Opened anew: what it looked at before counts for a minute.
    public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context)
    {
        var (kek, name) = Create();
        var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
        _vault.Disable(host, name);
        return (_vault.Open(kek.Id), wrapped);
    }

    public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
    {
        var (kek, name) = Create();
        var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
        _vault.Delete(host, name);
        return (kek, wrapped);
    }

    public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => ValueTask.FromResult(_vault.Open(Uri, new TestCredential("stranger")));

    public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync()
    {
        _failing.Server.Fail(static context => VaultDouble.WriteAsync(context, 429, "Throttled"));
        return ValueTask.FromResult<IKeyEncryptionKey?>(_failing.Open(Uri));
    }

    public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(_vault.Provider(ServerProcess.FreePort()).Open(Uri, new KekOptions()));

    public void Dispose()
    {
        _vault.Dispose();
        _failing.Dispose();
        GC.SuppressFinalize(this);
    }

    private (IKeyEncryptionKey Kek, string Name) Create()
    {
        string name = $"kek-{Guid.NewGuid():N}";
        _vault.Create(host, name, type, bits);
        return (_vault.Open($"azure-kv:https://{host}/keys/{name}"), name);
    }
}
