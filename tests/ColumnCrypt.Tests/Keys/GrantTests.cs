using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Keys;

// Must hold 4 and 7: what a lease was granted nobody takes from it, and encrypting through it waits for nothing.
// SPEC-STATE-1 SPEC-STATE-5 SPEC-USE-1
public sealed class GrantTests
{
    [Fact]
    public async Task Grant_WhenARotationOvertakesIt_IsFinishedUnderTheOldKeyWithinTheBound()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        var old = ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "x"), "p");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);
        await node.Instance.Keys.RotateAsync("acme");

        var active = await ActivateAsync(node, held);

        Assert.Equal(old, KeyOf(Encrypt(held)));
        node.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(old, KeyOf(Encrypt(held)));
        node.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(active, KeyOf(Encrypt(held)));
        Assert.Equal(0, loads.Count);
    }

    [Fact]
    public async Task Rotation_OfAKeyThatThisNodeEncryptsUnder_BringsUsesOfTheNewOneWithIt()
    {
        using var writer = new TestNode();
        byte[] value = await writer.EncryptAsync("acme", "x");
        using var reader = new TestNode(writer);
        await reader.DecryptAsync("acme", value);
        using var held = await writer.Instance.AcquireRingAsync("acme", 0, default);
        using var read = await reader.Instance.AcquireRingAsync("acme", 0, default);
        await writer.Instance.Keys.RotateAsync("acme");

        await ActivateAsync(writer, held);
        await read.Ring.Session.ReadGenerationAsync(default);

        Assert.Equal(1_024, held.Ring.State.Active!.Data!.Budget.Left);
        Assert.Equal(held.Ring.State.Active.Record.KeyId, read.Ring.State.Active!.Record.KeyId);
        Assert.Equal(0, reader.Store.Reservations);
    }

    [Fact]
    public async Task Grant_WhenItsKeyIsCompromised_IsVoid()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        var old = ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "x"), "p");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);

        await ChangeAsync(node, held, key => key with { State = KeyState.Compromised, CompromisedAt = node.Time.GetUtcNow() });

        Assert.NotEqual(old, KeyOf(Encrypt(held)));
        Assert.Equal(1, loads.Count);
    }

    [Fact]
    public async Task Grant_WhenItsKeyIsSuspended_IsVoid()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);

        await ChangeAsync(node, held, key => key with { State = KeyState.Suspended, SuspendedAt = node.Time.GetUtcNow() });

        Assert.Equal(KeyUnavailableReason.StateForbids, Assert.Throws<KeyUnavailableException>(() => Encrypt(held)).Reason);
    }

    [Fact]
    public async Task Grant_OfAKeyThatCameBack_IsVoidForWhatWasZeroedMeanwhile()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);
        await ChangeAsync(node, held, key => key with { State = KeyState.Suspended, SuspendedAt = node.Time.GetUtcNow() });

        await ChangeAsync(node, held, static key => key with { State = KeyState.Active });

        Assert.Equal("x", held.Decrypt("p", Encrypt(held), ValueCodecs.For<string>()));
        Assert.Equal(1, loads.Count);
    }

    [Fact]
    public async Task Grant_OfATenantThatIsShredded_IsVoid()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.Throws<TenantShreddedException>(() => Encrypt(held));
    }

    [Fact]
    public async Task Grant_OnANodeThatIsCutOff_WaitsForTheStore()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 10, default);
        node.Store.Unreachable = true;
        await Waiting.UntilAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return held.Ring.Session.IsBlocked;
        });
        Assert.True(Assert.Throws<KeyUnavailableException>(() => Encrypt(held)).IsTransient);
        node.Store.Unreachable = false;
        await held.Ring.Session.ReadGenerationAsync(default);
        Assert.NotEmpty(Encrypt(held));
    }

    [Fact]
    public async Task Lease_WhenDisposed_GivesBackWhatIsLeft_Once()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var held = await node.Instance.AcquireRingAsync("acme", 100, default);
        var budget = held.Ring.State.Active!.Data!.Budget;
        Assert.Equal(923, budget.Left);
        for (int i = 0; i < 30; i++)
        {
            Encrypt(held);
        }

        Assert.Equal(923, budget.Left);
        held.Dispose();
        held.Dispose();
        Assert.Equal(993, budget.Left);
    }

    [Fact]
    public async Task Lease_ThatWritesMoreThanItAskedFor_TakesTheRestOfWhatIsReserved_AndThenBlocks()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 3, default);
        for (int i = 0; i < 1_023; i++)
        {
            Encrypt(held);
        }

        Assert.Equal(0, loads.Count);
        Encrypt(held);
        Assert.Equal(1, loads.Count);
    }

    [Fact]
    public async Task Leases_HeldAtOnce_TogetherHoldNoMoreThanIsReserved()
    {
        using var node = new TestNode();
        using var first = await node.Instance.AcquireRingAsync("acme", 600, default);
        using var second = await node.Instance.AcquireRingAsync("acme", 600, default);
        var budget = first.Ring.State.Active!.Data!.Budget;
        Assert.Equal(budget.HighWater, budget.Left + 1_200);
        Assert.Equal(budget.HighWater, (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single().ReservedUses);
    }

    [Fact]
    public async Task Leases_OfManyThreads_TakeWhatTheyUse_AndNothingElse()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        int encrypted = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 200; i++)
            {
                int uses = random.Next(1, 500);
                using var lease = await node.Instance.AcquireRingAsync("acme", uses, default);
                for (int use = random.Next(0, 10) == 0 ? uses : random.Next(0, Math.Min(uses, 10)); use > 0; use--)
                {
                    Encrypt(lease);
                    Interlocked.Increment(ref encrypted);
                }
            }
        })));

        using var held = await node.Instance.AcquireRingAsync("acme", 0, default);
        Assert.Equal((await node.Tables.ReadTenantAsync("acme", default)).Keys.Single().ReservedUses, encrypted + held.Ring.State.Active!.Data!.Budget.Left);
        Assert.Equal(0, loads.Count);
    }

    [Fact]
    public async Task Lease_OfManyThreads_SharesItsUsesAmongThem()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 800, default);
        var budget = held.Ring.State.Active!.Data!.Budget;
        long left = budget.Left;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 200; i++)
            {
                Assert.Equal("x", held.Decrypt("p", Encrypt(held), ValueCodecs.For<string>()));
            }
        });
        Assert.Equal(left, budget.Left);
        Encrypt(held);
        Assert.Equal(left - 1, budget.Left);
    }

    private static byte[] Encrypt(KeyRingLease lease) => lease.Encrypt("p", "x", ValueCodecs.For<string>());

    private static KeyId KeyOf(byte[] value) => ValueFrame.ReadKeyId(value, "p");

    /// <summary>Activates the published key at this very moment, and lets the node know.</summary>
    private static async Task<KeyId> ActivateAsync(TestNode node, KeyRingLease held)
    {
        var now = node.Time.GetUtcNow();
        await ChangeAsync(node, held, key => key.State == KeyState.Active
            ? key with { State = KeyState.Deactivated, DeactivatedAt = now }
            : key with { State = KeyState.Active, ActivatedAt = now });
        return held.Ring.State.Active!.Record.KeyId;
    }

    /// <summary>Changes the rows of the tenant's keys as another node does, and lets this one read them.</summary>
    private static async Task ChangeAsync(TestNode node, KeyRingLease held, Func<KeyRecord, KeyRecord> change)
    {
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        var (tenant, keys, _) = await node.Tables.ReadTenantAsync(held.Tenant, default);
        Assert.True(await node.Tables.TryChangeAsync(
            generation => new KeyChange(
                rows.Sign(tenant! with { Generation = generation, RowVersion = tenant.RowVersion + 1 }),
                [.. keys.Select(key => rows.Sign(change(key) with { RowVersion = key.RowVersion + 1 }))]),
            default));
        await held.Ring.Session.ReadGenerationAsync(default);
    }
}
