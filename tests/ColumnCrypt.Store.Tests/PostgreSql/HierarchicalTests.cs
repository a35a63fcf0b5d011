using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// SPEC-WRAP-17
/// <summary>Intermediate keys in PostgreSQL: made by nodes at once, and with no more rights than the application has.</summary>
public sealed class HierarchicalTests
{
    private const int Bound = 20;
    private const string Layer = "hierarchical:";

    private readonly SwitchableKek _kek = new();

    [Fact]
    public async Task Keys_MadeByTwoNodesAtOnce_AreNoMoreUnderOneIntermediateKeyThanItsBound()
    {
        const int tenants = 200;
        await using var host = new PostgreSqlHost();
        using var first = Node(host, _kek);
        using var second = Node(host, _kek.Twin());
        var values = new byte[tenants][];
        await Parallel.ForAsync(
            0, tenants, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => values[i] = await (i % 2 == 0 ? first : second).EncryptAsync($"t{i}", "x"));

        var keys = await KeysAsync(host.Open());
        int[] used = [.. WrapsOf(keys, KeyKind.Data).GroupBy(static wrap => wrap.KekVersion).Select(static group => group.Count())];
        Assert.Equal(tenants, used.Sum());
        Assert.True(used.Max() <= Bound, string.Join(", ", used));

        // What a node has reserved and not used is lost: each of the two leaves one behind that is not full.
        Assert.InRange(used.Length, tenants / Bound, (tenants / Bound) + 2);
        var versions = keys.Where(static key => key.Key.Kind == KeyKind.Intermediate).Select(static key => key.Key.Version).Order().ToList();
        Assert.Equal(Enumerable.Range(1, versions.Count), versions.Select(static version => (int)version));

        var kek = _kek.Twin();
        using var third = Node(host, kek);
        for (int i = 0; i < tenants; i++)
        {
            Assert.Equal("x", await third.DecryptAsync($"t{i}", values[i]));
        }

        Assert.Equal(used.Length + 1, kek.Unwraps);
    }

    [Fact]
    public async Task Application_MakesIntermediateKeys_AndTheOperatorMovesThem()
    {
        await using var host = await RoleHost.CreateAsync();
        var next = new SwitchableKek("test:next");
        using var operators = Start(host, host.Operator, cc => cc.AddKekProvider(new ChoosingProvider([next, _kek])).UseKek(Layer + _kek.Id).AllowKek(Layer + next.Id));
        await operators.Keys.InitAsync();
        var values = new Dictionary<string, byte[]>();
        using (var node = Start(host, host.Application, cc => cc.AddKekProvider(_kek).UseKek(Layer + _kek.Id)))
        {
            for (int i = 0; i <= Bound; i++)
            {
                values.Add($"t{i}", await EncryptAsync(node, $"t{i}"));
            }
        }

        var keys = await KeysAsync(host.Open(host.Auditor));
        Assert.Equal([_kek.Id, _kek.Id], WrapsOf(keys, KeyKind.Intermediate).Select(static wrap => wrap.KekId));
        Assert.Equal([1, Bound], WrapsOf(keys, KeyKind.Data).GroupBy(static wrap => (wrap.KekId, wrap.KekVersion)).Select(static group => group.Count()).Order());
        Assert.All(WrapsOf(keys, KeyKind.Data), static wrap => Assert.Equal(Layer, wrap.KekId));

        Assert.Empty((await operators.Keys.RewrapAsync(new RewrapOptions(Layer + next.Id))).Failures);
        Assert.Empty((await operators.Keys.RewrapAsync(new RewrapOptions(Layer + next.Id) { Phase = RewrapPhase.Drop, Force = true })).Failures);
        Assert.Equal(3, next.Wraps);
        using var reader = Start(host, host.Application, cc => cc.AddKekProvider(next.Twin()).UseKek(Layer + next.Id));
        foreach (var (tenant, value) in values)
        {
            using var lease = await reader.AcquireRingAsync(tenant, 0, default);
            Assert.Equal("x", lease.Decrypt("p", value, ValueCodecs.For<string>()));
        }

        Assert.DoesNotContain(await operators.Keys.ExamineAsync(), static finding => finding.Severity == Doctor.Severity.Error);
    }

    private static PostgreSqlNode Node(PostgreSqlHost host, SwitchableKek kek) => new(host.ConnectionString, [kek], static bounds => bounds.MaxKeysPerIntermediate = Bound, isHierarchical: true);

    private static ColumnCryptInstance Start(RoleHost host, string role, Action<ColumnCryptBuilder> keks) => ColumnCryptInstance.Create(cc =>
    {
        keks(cc.UseKeyStore(() => host.Open(role)));
        cc.Bounds.MaxKeysPerIntermediate = Bound;
    });

    private static async Task<byte[]> EncryptAsync(ColumnCryptInstance node, string tenant)
    {
        using var lease = await node.AcquireRingAsync(tenant, 1, default);
        return lease.Encrypt("p", "x", ValueCodecs.For<string>());
    }

    private static Task<IReadOnlyList<KeyWithWraps>> KeysAsync(IKeyStore store) => store.Inventory.ReadKeysAsync(null, null, 5_000, default);

    private static IEnumerable<WrapRecord> WrapsOf(IEnumerable<KeyWithWraps> keys, KeyKind kind) =>
        keys.Where(key => key.Key.Kind == kind).SelectMany(static key => key.Wraps).Where(static wrap => wrap.Wrapped is not null);
}
