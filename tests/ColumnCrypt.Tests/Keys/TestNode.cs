using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

/// <summary>A node over a store and a KEK that the test holds in its hands; several nodes may share them.</summary>
internal sealed class TestNode : IDisposable
{
    public TestNode(TestNode? sibling = null, Action<KeyBounds>? bounds = null, Action<ColumnCryptBuilder>? configure = null, IKeyStore? tables = null, SwitchableKek? kek = null, bool isHierarchical = false)
    {
        Time = sibling?.Time ?? new ManualTimeProvider();
        Kek = kek ?? sibling?.Kek.Twin() ?? new SwitchableKek();
        Tables = tables ?? sibling?.Tables ?? new InMemoryKeyStore(Time);
        Store = new MeddlingKeyStore(Tables);
        var builder = new ColumnCryptBuilder(Name, null);
        builder.AddKekProvider(Kek).UseKek(isHierarchical ? "hierarchical:" + Kek.Id : Kek.Id).UseKeyStore(() => Store).UseTimeProvider(Time);
        bounds?.Invoke(builder.Bounds);
        configure?.Invoke(builder);
        Instance = new ColumnCryptInstance(builder);
    }

    /// <summary>The name of the instance, of this node alone: what its metrics are tagged with.</summary>
    public string Name { get; } = Guid.NewGuid().ToString("N");

    public ManualTimeProvider Time { get; }

    public SwitchableKek Kek { get; }

    public IKeyStore Tables { get; }

    public MeddlingKeyStore Store { get; }

    public ColumnCryptInstance Instance { get; }

    public async Task<byte[]> EncryptAsync(string tenant, string text, string purpose = "patient.name")
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 1, TestContext.Current.CancellationToken);
        return lease.Encrypt(purpose, text, ValueCodecs.For<string>());
    }

    public async Task<string> DecryptAsync(string tenant, byte[] value, string purpose = "patient.name")
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 0, TestContext.Current.CancellationToken);
        return lease.Decrypt(purpose, value, ValueCodecs.For<string>());
    }

    /// <summary>Leases the ring, which starts a refresh where one is due, and waits until what it read is in force or has failed.</summary>
    public async Task RefreshedAsync(string tenant)
    {
        int reads = Store.TenantReads;
        using (await Instance.AcquireRingAsync(tenant, 0, TestContext.Current.CancellationToken))
        {
            Time.Advance(TimeSpan.FromMinutes(17));
        }

        await Waiting.UntilAsync(async () =>
        {
            try
            {
                using var lease = await Instance.AcquireRingAsync(tenant, 0, TestContext.Current.CancellationToken);
                return Store.TenantReads > reads && Kek.Failure is null;
            }
            catch (KeyUnavailableException)
            {
                return true;
            }
        });
    }

    public void Dispose() => Instance.Dispose();
}
