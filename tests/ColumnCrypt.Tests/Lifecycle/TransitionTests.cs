using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-STATE-1 SPEC-LIFE-1 SPEC-LIFE-2 SPEC-LIFE-4
public sealed class TransitionTests
{
    private const string Why = "test";

    [Fact]
    public async Task Suspended_NeitherEncryptsNorDecrypts_AndResumesAsItWas()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var id = ValueFrame.ReadKeyId(value, "p");

        Assert.Equal(KeyState.Suspended, (await node.Instance.Keys.SuspendAsync(id, Why)).State);
        Assert.Equal(KeyUnavailableReason.StateForbids, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value))).Reason);
        Assert.Equal(KeyUnavailableReason.StateForbids, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme", "y"))).Reason);

        Assert.Equal(KeyState.Active, (await node.Instance.Keys.ResumeAsync(id, Why)).State);
        Assert.Equal("x", await node.DecryptAsync("acme", value));
        Assert.Equal(id, ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "y"), "p"));
    }

    [Fact]
    public async Task Suspended_OnAnotherNode_IsOutWithinTheRevocationBound()
    {
        using var node = new TestNode();
        using var other = new TestNode(node);
        byte[] value = await node.EncryptAsync("acme", "x");
        Assert.Equal("x", await other.DecryptAsync("acme", value));
        await node.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), Why);
        for (int seconds = 0; seconds < 60; seconds += 10)
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
        }

        await Waiting.UntilAsync(async () => await Record.ExceptionAsync(() => other.DecryptAsync("acme", value)) is KeyUnavailableException { Reason: KeyUnavailableReason.StateForbids });
    }

    [Fact]
    public async Task Suspended_WhileANodeIsCutOffFromTheStore_IsOutThereWithinTheBoundToo()
    {
        using var node = new TestNode();
        using var other = new TestNode(node);
        byte[] value = await node.EncryptAsync("acme", "x");
        Assert.Equal("x", await other.DecryptAsync("acme", value));
        other.Store.Unreachable = true;
        await node.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), Why);
        node.Time.Advance(TimeSpan.FromSeconds(61));
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => other.DecryptAsync("acme", value));
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Compromised_DecryptsOn_IsAudited_AndIsSucceededAtOnce()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var id = ValueFrame.ReadKeyId(value, "p");
        var report = await node.Instance.Keys.CompromiseAsync(id, "laptop stolen");
        Assert.Equal(KeyState.Compromised, report.Key.State);
        Assert.Equal(1_024, report.ReservedUses);
        Assert.Equal((2, KeyState.Active), (report.Successor!.Version, report.Successor.State));
        Assert.Equal("x", await node.DecryptAsync("acme", value));
        Assert.Equal(report.Successor.KeyId, ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "y"), "p"));

        await Waiting.UntilAsync(async () =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            await node.Instance.Keys.CheckpointAuditAsync();
            return await AnyAsync(node, "key.use-compromised", id);
        });
        Assert.True(await AnyAsync(node, "key.compromise", id));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.CompromiseAsync(id, Why));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.ResumeAsync(id, Why));
    }

    [Fact]
    public async Task Destroyed_IsRefusedForAnActiveKey_AndFinalForAnother()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var id = ValueFrame.ReadKeyId(value, "p");
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.DestroyAsync(id, Why));
        await node.Instance.Keys.CompromiseAsync(id, Why);
        await node.Instance.Keys.DestroyAsync(id, Why);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value));
        Assert.All((await node.Instance.Keys.FindKeyAsync(id))!.Wraps, static wrap => Assert.True(wrap.IsDropped));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.SuspendAsync(id, Why));
    }

    [Fact]
    public async Task Verbs_ForAKeyThatIsUnknownOrOfNoTenant_SaySo()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var installation = (await node.Instance.Keys.InitAsync()).KeyId;
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.SuspendAsync(installation, Why));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.SuspendAsync(new KeyId(new byte[16]), Why));
        await Assert.ThrowsAsync<ArgumentException>(() => node.Instance.Keys.SuspendAsync(installation, " "));
    }

    // Random walks: whatever the order of verbs, each does what the table of states says or is a KeyStateException, one data key at most
    // is Active, and every value opens exactly when the state of its key allows it.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task RandomWalk_OverAllVerbs_KeepsToTheTable(int seed)
    {
        var random = new Random(seed);
        using var node = new TestNode();
        var keys = node.Instance.Keys;
        List<byte[]> values = [await node.EncryptAsync("acme", "v")];
        for (int step = 0; step < 120; step++)
        {
            var before = await keys.ListKeysAsync("acme");
            var key = before[random.Next(before.Count)];
            var (verb, target) = Pick(random, key);
            var error = await Record.ExceptionAsync(verb);
            var after = (await keys.ListKeysAsync("acme")).Single(k => k.KeyId == key.KeyId).State;

            // Background work may have finished a rotation meanwhile.
            if (error is null)
            {
                Assert.True(after == key.State || StateTable.AllowsTransition(key.State, after) || (key.State, after) is (KeyState.PreActive, KeyState.Deactivated), $"{key.State} became {after}");
                Assert.True(target is null || after == target || (target == KeyState.Active && after is KeyState.Deactivated or KeyState.PreActive), $"{target} was asked for, {after} came");
            }
            else
            {
                Assert.IsType<KeyStateException>(error);
                Assert.True(after == key.State || (key.State, after) is (KeyState.PreActive, KeyState.Active or KeyState.Deactivated) or (KeyState.Active, KeyState.Deactivated), $"{key.State} became {after}");
            }

            node.Time.Advance(TimeSpan.FromSeconds(random.Next(40)));
            if (await Record.ExceptionAsync(async () => values.Add(await node.EncryptAsync("acme", "v"))) is { } refused)
            {
                Assert.Equal(KeyUnavailableReason.StateForbids, Assert.IsType<KeyUnavailableException>(refused).Reason);
            }

            await HoldsAsync(node, values);
        }

        Assert.True((await keys.CheckpointAuditAsync()).Sequence > 50);
        Assert.True((await keys.VerifyAuditAsync()).IsValid);

        (Func<Task>, KeyState?) Pick(Random dice, KeyInfo key) => dice.Next(6) switch
        {
            0 => (() => keys.SuspendAsync(key.KeyId, Why), KeyState.Suspended),
            1 => (() => keys.ResumeAsync(key.KeyId, Why), KeyState.Active),
            2 => (() => keys.CompromiseAsync(key.KeyId, Why), KeyState.Compromised),
            3 => (() => keys.DestroyAsync(key.KeyId, Why), KeyState.Destroyed),
            _ => (() => keys.RotateAsync("acme"), null),
        };
    }

    private static async Task HoldsAsync(TestNode node, List<byte[]> values)
    {
        var states = (await node.Instance.Keys.ListKeysAsync("acme")).ToDictionary(static key => key.KeyId, static key => key.State);
        Assert.InRange(states.Values.Count(static state => state == KeyState.Active), 0, 1);
        foreach (byte[] value in values)
        {
            var state = states[ValueFrame.ReadKeyId(value, "p")];
            var error = await Record.ExceptionAsync(() => node.DecryptAsync("acme", value));
            Assert.True(error is null == StateTable.Allows(state, TenantState.Active, KeyOperation.Decrypt), $"{state}: {error?.Message}");
            Assert.True(error is null or KeyUnavailableException);
        }
    }

    private static async Task<bool> AnyAsync(TestNode node, string action, KeyId id)
    {
        await foreach (var entry in node.Instance.Keys.ListAuditAsync())
        {
            if (entry.Action == action && entry.KeyId == id)
            {
                return true;
            }
        }

        return false;
    }
}
