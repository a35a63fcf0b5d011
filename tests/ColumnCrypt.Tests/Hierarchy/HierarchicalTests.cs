using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-WRAP-17
public sealed class HierarchicalTests
{
    [Fact]
    public async Task Keys_OfManyTenants_CostOneCallForTheirIntermediateKey()
    {
        using var nodes = new HierarchicalNodes();
        var values = new Dictionary<string, byte[]>();
        for (int i = 0; i < 50; i++)
        {
            values.Add($"t{i}", await nodes.Node.EncryptAsync($"t{i}", "x"));
        }

        // The installation key, and the intermediate key.
        Assert.Equal(2, nodes.Node.Kek.Wraps);
        var fresh = nodes.Sibling();
        foreach (var (tenant, value) in values)
        {
            Assert.Equal("x", await fresh.DecryptAsync(tenant, value));
        }

        Assert.Equal((2, 0), (fresh.Kek.Unwraps, fresh.Kek.Wraps));
        var intermediate = Assert.Single(await nodes.KeysAsync(KeyKind.Intermediate));
        Assert.Equal(("", KeyState.Active, "test:a"), (intermediate.Key.Tenant, intermediate.Key.State, intermediate.Wraps.Single().KekId));
        Assert.Equal("test:a", (await nodes.WrapsAsync(KeyKind.Installation)).Single().KekId);
        Assert.All(await nodes.WrapsAsync(KeyKind.Data), wrap => Assert.Equal((HierarchicalNodes.Layer, intermediate.Key.KeyId.ToString()), (wrap.KekId, wrap.KekVersion)));
    }

    [Fact]
    public async Task Keys_MadeByManyNodesAtOnce_AreNoMoreUnderOneIntermediateKeyThanItsBound()
    {
        const int bound = 30;
        using var nodes = new HierarchicalNodes(static bounds => bounds.MaxKeysPerIntermediate = bound);
        TestNode[] all = [nodes.Node, .. Enumerable.Range(0, 5).Select(_ => nodes.Sibling(static bounds => bounds.MaxKeysPerIntermediate = bound))];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 600),
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (i, _) => await all[i % all.Length].EncryptAsync($"t{i}", "x"));

        int[] used = [.. (await nodes.WrapsAsync(KeyKind.Data)).GroupBy(static wrap => wrap.KekVersion).Select(static group => group.Count())];
        Assert.Equal(600, used.Sum());
        Assert.True(used.Max() <= bound, string.Join(", ", used));

        // What a node has reserved and not used is lost to the others: few intermediate keys more than there must be.
        Assert.InRange(used.Length, 600 / bound, (600 / bound) + all.Length);
    }

    [Fact]
    public async Task Bound_WhenSomebodyLowersTheCounter_HoldsAsFarAsThisNodeKnows()
    {
        using var nodes = new HierarchicalNodes(static bounds => bounds.MaxKeysPerIntermediate = 40);

        // Those of data keys come in thousands.
        nodes.Node.Store.Reserved = static total => total >= 1_024 ? total : Math.Min(total, 8);
        for (int i = 0; i < 8; i++)
        {
            await nodes.Node.EncryptAsync($"t{i}", "x");
        }

        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => nodes.Node.EncryptAsync("one more", "x"))).Reason);
    }

    // What SECURITY.md says of a counter that was lowered before the node began.
    [Fact]
    public async Task Bound_WhenSomebodyLowersTheCounter_IsNotKeptByANodeThatHasNotSeenIt_AndDoctorFindsIt()
    {
        using var nodes = new HierarchicalNodes(static bounds => bounds.MaxKeysPerIntermediate = 20);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => nodes.Node.EncryptAsync($"t{i}", "x")));
        Assert.DoesNotContain(await nodes.Node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "intermediate.over-bound");

        long lowered = Assert.Single(await nodes.KeysAsync(KeyKind.Intermediate)).Key.ReservedUses;
        var later = nodes.Sibling(static bounds => bounds.MaxKeysPerIntermediate = 20);
        later.Store.Rows = (tenant, rows) => tenant.Length > 0 ? rows : rows with { Keys = [.. rows.Keys.Select(key => key with { ReservedUses = Math.Max(0, key.ReservedUses - lowered) })] };
        later.Store.Reserved = total => total >= 1_024 ? total : total - lowered;
        for (int i = 0; i < 10; i++)
        {
            await later.EncryptAsync($"later{i}", "x");
        }

        Assert.Equal(30, (await nodes.WrapsAsync(KeyKind.Data)).GroupBy(static wrap => wrap.KekVersion).Max(static group => group.Count()));
        var finding = Assert.Single(await nodes.Node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "intermediate.over-bound");
        Assert.Equal(Doctor.Severity.Warning, finding.Severity);
    }

    [Fact]
    public async Task Kek_WhenItDenies_TakesTheIntermediateKeyAway()
    {
        using var nodes = new HierarchicalNodes();
        byte[] value = await nodes.Node.EncryptAsync("acme", "x");
        byte[] another = await nodes.Node.EncryptAsync("globex", "y");
        var fresh = nodes.Sibling();
        await fresh.DecryptAsync("acme", value);
        foreach (var refusal in new[] { KekFailure.Denied, KekFailure.Disabled, KekFailure.Destroyed })
        {
            fresh.Kek.Failure = refusal;
            fresh.Time.Advance(TimeSpan.FromMinutes(2));
            await Assert.ThrowsAsync<KeyUnavailableException>(() => fresh.DecryptAsync("globex", another));

            // It is gone, not only found to be forbidden.
            fresh.Kek.Failure = KekFailure.Unavailable;
            Assert.True((await Assert.ThrowsAsync<KeyUnavailableException>(() => fresh.DecryptAsync("globex", another))).IsTransient);
            fresh.Kek.Failure = null;
            Assert.Equal("x", await nodes.Sibling().DecryptAsync("acme", value));
        }
    }

    [Fact]
    public async Task Kek_WhenItIsUnavailable_LetsTheIntermediateKeyServeToTheStaleLimit()
    {
        using var nodes = new HierarchicalNodes();
        byte[][] values = [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(i => nodes.Node.EncryptAsync($"t{i}", "x")))];
        var fresh = nodes.Sibling();
        await fresh.DecryptAsync("t0", values[0]);
        fresh.Kek.Failure = KekFailure.Unavailable;
        foreach (int i in new[] { 1, 2 })
        {
            fresh.Time.Advance(TimeSpan.FromMinutes(25));
            Assert.Equal("x", await fresh.DecryptAsync($"t{i}", values[i]));
        }

        fresh.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.True((await Assert.ThrowsAsync<KeyUnavailableException>(() => fresh.DecryptAsync("t3", values[3]))).IsTransient);
        fresh.Kek.Failure = null;
        Assert.Equal("x", await fresh.DecryptAsync("t3", values[3]));
    }

    [Fact]
    public async Task Intermediate_WhenNobodyWantsIt_IsEvicted()
    {
        using var nodes = new HierarchicalNodes();
        byte[] value = await nodes.Node.EncryptAsync("acme", "x");
        byte[] another = await nodes.Node.EncryptAsync("globex", "x");
        var fresh = nodes.Sibling();
        await fresh.DecryptAsync("acme", value);
        fresh.Time.Advance(TimeSpan.FromMinutes(31));
        fresh.Kek.Failure = KekFailure.Unavailable;
        await Waiting.UntilAsync(async () =>
        {
            try
            {
                await fresh.DecryptAsync("globex", another);
                return false;
            }
            catch (KeyUnavailableException)
            {
                return true;
            }
        });
    }

    [Fact]
    public async Task Intermediate_WhenItsMakerIsKilled_IsMadeOrTakenByTheNextNode()
    {
        using var nodes = new HierarchicalNodes();
        await nodes.Node.Instance.Keys.InitAsync();
        var dying = nodes.Sibling();

        // Its row is committed, and no answer comes: the node ends before anything is wrapped under it.
        dying.Store.Reserved = static _ => throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, "Killed by the test.");
        await Assert.ThrowsAsync<KeyUnavailableException>(() => dying.EncryptAsync("acme", "x"));
        var left = Assert.Single(await nodes.KeysAsync(KeyKind.Intermediate));
        Assert.Empty(await nodes.WrapsAsync(KeyKind.Data));

        await nodes.Node.EncryptAsync("acme", "x");
        Assert.Equal(left.Key.KeyId.ToString(), Assert.Single(await nodes.WrapsAsync(KeyKind.Data)).KekVersion);

        // And before it is committed: nothing is left of it.
        var early = new HierarchicalNodes();
        await early.Node.Instance.Keys.InitAsync();
        early.Node.Kek.Failure = KekFailure.Unavailable;
        await Assert.ThrowsAsync<KeyUnavailableException>(() => early.Node.EncryptAsync("acme", "x"));
        Assert.Empty(await early.KeysAsync(KeyKind.Intermediate));
        early.Node.Kek.Failure = null;
        await early.Node.EncryptAsync("acme", "x");
        Assert.Single(await early.KeysAsync(KeyKind.Intermediate));
        early.Dispose();
    }

    [Fact]
    public async Task Store_WhenItWentBack_GetsANewIntermediateKey()
    {
        using var nodes = new HierarchicalNodes();
        await nodes.Node.EncryptAsync("acme", "x");
        await nodes.Node.Instance.Keys.RotateAsync("acme");
        nodes.Node.Store.Generation = static read => Math.Max(0, read - 1);
        nodes.Node.Time.Advance(TimeSpan.FromMinutes(2));
        await nodes.Node.EncryptAsync("globex", "x");
        await nodes.Node.EncryptAsync("initech", "x");
        Assert.Equal(2, (await nodes.KeysAsync(KeyKind.Intermediate)).Count);
        var globex = (await nodes.KeysAsync(KeyKind.Data)).Where(static key => key.Key.Tenant != "acme").SelectMany(static key => key.Wraps);
        Assert.All(globex, wrap => Assert.NotEqual(nodes.KeysAsync(KeyKind.Intermediate).Result.MinBy(static key => key.Key.Version)!.Key.KeyId.ToString(), wrap.KekVersion));
    }

    [Fact]
    public void Configuration_WhenTheUriNamesNoInnerKek_IsRefused()
    {
        foreach (string uri in new[] { "hierarchical:", "hierarchical:hierarchical:test:a", "hierarchical:nobody:a" })
        {
            Assert.Throws<EncryptionModelException>(() => new TestNode(configure: cc => cc.AllowKek(uri)));
        }

        var escrow = Assert.Throws<EncryptionModelException>(() => new TestNode(configure: static cc => cc.EscrowTo("hierarchical:test:kek")));
        Assert.Contains("escrow", escrow.Message, StringComparison.Ordinal);
        Assert.Throws<EncryptionModelException>(() => new TestNode(bounds: static bounds => bounds.MaxKeysPerIntermediate = 65_537));
    }

    [Fact]
    public async Task TenantsOwnKek_WhenItIsHierarchical_IsRefused()
    {
        using var nodes = new HierarchicalNodes(configure: static cc => cc.UseTenantKeks(static (_, _) => { }));
        await nodes.Node.EncryptAsync("acme", "x");
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => nodes.Node.Instance.Keys.SetTenantKekAsync("acme", "hierarchical:test:own", "a test"));
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, error.Reason);
        Assert.Contains("test:own", error.Message, StringComparison.Ordinal);
        Assert.Null((await nodes.Node.Instance.Keys.FindTenantAsync("acme"))!.OwnKek);
    }
}
