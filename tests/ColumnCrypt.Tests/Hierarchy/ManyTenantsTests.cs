using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

/// <summary>Calls of KEKs do not grow with tenants. COLUMNCRYPT_LONG=1: 1,000,000 tenants, 65,536 under an intermediate key; else a fiftieth of both.</summary>
public sealed class ManyTenantsTests
{
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1";
    private static readonly int s_tenants = s_isLong ? 1_000_000 : 20_000;
    private static readonly int s_bound = s_isLong ? 65_536 : 1_311;

    [Fact]
    public async Task Rewrap_OfAMillionTenants_NeedsAtMost64Calls()
    {
        var store = new InMemoryKeyStore();
        using var nodes = new TestNode(tables: store, kek: new SwitchableKek("test:a"), isHierarchical: true, bounds: static bounds => bounds.MaxKeysPerIntermediate = s_bound);
        await Parallel.ForAsync(0, s_tenants, async (i, _) => await nodes.EncryptAsync($"t{i:0000000}", "x"));

        int calls = nodes.Kek.Wraps + nodes.Kek.Unwraps;
        Assert.True(calls <= 64, $"{calls} calls for {s_tenants} new tenants.");
        var to = new SwitchableKek("test:b");
        using var operators = new TestNode(nodes, kek: to, isHierarchical: true, configure: cc => cc.AddKekProvider(new ChoosingProvider([to, nodes.Kek])).AllowKek("hierarchical:test:a"));
        var result = await operators.Instance.Keys.RewrapAsync(new RewrapOptions("hierarchical:test:b"));
        Assert.Empty(result.Failures);
        int added = to.Wraps + to.Unwraps + nodes.Kek.Wraps + nodes.Kek.Unwraps - calls;
        Assert.True(added <= 64, $"{added} calls to wrap and prove.");
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions("hierarchical:test:b") { Phase = RewrapPhase.Drop, Force = true })).Failures);
        int all = to.Wraps + to.Unwraps + nodes.Kek.Wraps + nodes.Kek.Unwraps - calls;
        TestContext.Current.SendDiagnosticMessage($"{s_tenants} tenants, {to.Wraps} keys under the new KEK; {added} calls to wrap and prove, {all - added} to drop.");

        using var fresh = new TestNode(nodes, kek: to.Twin(), isHierarchical: true);
        for (int i = 0; i < s_tenants; i += s_tenants / 100)
        {
            using var lease = await fresh.Instance.AcquireRingAsync($"t{i:0000000}", 0, TestContext.Current.CancellationToken);
        }

        Assert.InRange(fresh.Kek.Unwraps, 2, 17);
        Assert.InRange((await store.ReadTenantAsync("", default)).Keys.Count(static key => key.Kind == KeyKind.Intermediate), 16, 17);
    }
}
