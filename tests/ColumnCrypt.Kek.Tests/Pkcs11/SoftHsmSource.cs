using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Kek.Pkcs11;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>AES keys on SoftHSM.</summary>
public abstract class SoftHsmSource(Pkcs11Mechanism mechanism) : IRemoteKekSource
{
    private readonly Lazy<IKeyEncryptionKey> _kek = new(() => SoftHsm.Open(Create(), mechanism));
    private readonly Lazy<IKeyEncryptionKey> _another = new(() => SoftHsm.Open(Create(), mechanism));

    public string Uri => _kek.Value.Id;

    public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

    public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

    public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context)
    {
        string uri = Create();
        var wrapped = await SoftHsm.Open(uri, mechanism).WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
        SoftHsm.Shared.Admin.Disable(LabelOf(uri));
        return (SoftHsm.Open(uri, mechanism), wrapped);
    }

    public async ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context)
    {
        string uri = Create();
        var kek = SoftHsm.Open(uri, mechanism);
        var wrapped = await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken);
        SoftHsm.Shared.Admin.Destroy(LabelOf(uri));
        return (SoftHsm.Open(uri, mechanism), wrapped);
    }

    // Logged in to the other token of the process already, a wrong PIN for it is refused too.
    public ValueTask<IKeyEncryptionKey> OpenDeniedAsync() => ValueTask.FromResult(SoftHsm.Open(SoftHsm.Uri("kek", "another"), mechanism, pin: "000000"));

    // A token has no such answer.
    public ValueTask<IKeyEncryptionKey?> OpenThrottledAsync() => ValueTask.FromResult<IKeyEncryptionKey?>(null);

    public ValueTask<IKeyEncryptionKey> OpenUnreachableAsync() => ValueTask.FromResult(SoftHsm.Open(SoftHsm.Uri("kek", "not-inserted"), mechanism));

    private static string Create()
    {
        string label = $"kek-{Guid.NewGuid():N}";
        SoftHsm.Shared.Admin.CreateAes(label);
        return SoftHsm.Uri(label);
    }

    private static string LabelOf(string uri) => uri["pkcs11:token=columncrypt;object=".Length..uri.IndexOf('?', StringComparison.Ordinal)];
}
