using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Shredding;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-BYOK-1 SPEC-BYOK-2 SPEC-BYOK-3
public sealed class TenantKekTests : IDisposable
{
    private const string Own = "test:acme-own";
    private readonly SwitchableKek _application = new();
    private readonly SwitchableKek _own = new(Own);
    private readonly SwitchableKek _second = new("test:acme-second");
    private readonly SwitchableKek _third = new("test:acme-third");
    private readonly SwitchableKek _escrow = new("test:escrow");
    private readonly List<TenantKek> _opened = [];
    private readonly List<TestNode> _nodes = [];

    public void Dispose() => _nodes.ForEach(static node => node.Dispose());

    [Fact]
    public async Task TenantWithoutKeys_WithItsOwnKek_WrapsUnderThatOneAlone()
    {
        var node = await NewAsync();
        var tenant = await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        Assert.Equal((TenantState.Active, Own), (tenant.State, tenant.OwnKek));
        byte[] value = await node.EncryptAsync("acme", "x");
        byte[] other = await node.EncryptAsync("globex", "y");
        await node.Instance.Keys.RotateAsync("acme");

        Assert.Equal([Own], await KeksOfAsync(node, "acme"));
        Assert.Equal([_escrow.Id, _application.Id], await KeksOfAsync(node, "globex"));
        Assert.Equal(2, (await node.Instance.Keys.ListKeysAsync("acme")).Count);
        var cold = Node(node);
        Assert.Equal("x", await cold.DecryptAsync("acme", value));
        Assert.Equal("y", await cold.DecryptAsync("globex", other));
        Assert.All(_opened, static kek => Assert.Equal(new TenantKek("acme", Own), kek));

        // The tenant revokes it: nobody reads its values, and the others notice nothing.
        _own.Failure = KekFailure.Destroyed;
        var late = Node(node);
        Assert.Equal(KeyUnavailableReason.Destroyed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => late.DecryptAsync("acme", value))).Reason);
        Assert.Equal("y", await late.DecryptAsync("globex", other));
        await node.EncryptAsync("globex", "z");
    }

    [Fact]
    public async Task TenantWithKeys_IsMoved_AndReadThroughout()
    {
        var node = await NewAsync();
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        Assert.Equal([Own, _escrow.Id, _application.Id], await KeksOfAsync(node, "acme"));
        Assert.Contains(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "wrap.not-own");

        // A node that is not configured for tenants' KEKs reads through the old wraps until they are dropped.
        var unaware = Node(node, tenantKeks: false);
        Assert.Equal("x", await unaware.DecryptAsync("acme", value));
        foreach (string from in (string[])[_application.Id, _escrow.Id])
        {
            var dropped = await node.Instance.Keys.RewrapAsync(new(Own) { Tenants = new HashSet<string> { "acme" }, Phase = RewrapPhase.Drop, From = from, Force = true });
            Assert.Equal((1, 1), (dropped.Processed - 2, dropped.Succeeded - 2));
        }

        Assert.Equal([Own], await KeksOfAsync(node, "acme"));
        Assert.Equal([_escrow.Id, _application.Id], await KeksOfAsync(node, "globex"));
        Assert.Equal("x", await Node(node).DecryptAsync("acme", value));
        var refused = await Assert.ThrowsAsync<KeyUnavailableException>(() => Node(node, tenantKeks: false).DecryptAsync("acme", value));
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, refused.Reason);
        Assert.Contains("UseTenantKeks", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code is "wrap.not-own" or "wrap.not-allowed" or "kek.not-allowed");
    }

    [Fact]
    public async Task Rewrap_OfAll_LeavesSuchTenantsAlone()
    {
        var node = await NewAsync();
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        var result = await node.Instance.Keys.RewrapAsync(new(_second.Id));
        Assert.Empty(result.Failures);
        Assert.Equal([Own], await KeksOfAsync(node, "acme"));
        Assert.Contains(_second.Id, await KeksOfAsync(node, "globex"));

        var named = await node.Instance.Keys.RewrapAsync(new(_second.Id) { Tenants = new HashSet<string> { "acme" } });
        Assert.Contains(Own, Assert.Single(named.Failures).Reason, StringComparison.Ordinal);
        Assert.Equal([Own], await KeksOfAsync(node, "acme"));
        foreach (var tenants in (HashSet<string>?[])[null, ["globex"], ["acme", "globex"]])
        {
            var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.RewrapAsync(new(Own) { Tenants = tenants }));
            Assert.Equal(KeyUnavailableReason.KekNotAllowed, error.Reason);
        }
    }

    [Fact]
    public async Task OwnKek_IsReplaced_AndGivenBack_WithoutAMomentUnread()
    {
        var node = await NewAsync();
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.SetTenantKekAsync("acme", _third.Id, "moved");
        Assert.Equal("x", await Node(node).DecryptAsync("acme", value));
        await node.Instance.Keys.SetTenantKekAsync("acme", null, "contract ended");
        Assert.Equal("x", await Node(node, tenantKeks: false).DecryptAsync("acme", value));
        Assert.Equal([Own, _third.Id, _application.Id], await KeksOfAsync(node, "acme"));
        Assert.Null((await node.Instance.Keys.FindTenantAsync("acme"))!.OwnKek);
        Assert.True((await node.Instance.Keys.VerifyAuditAsync()).IsValid);
    }

    [Fact]
    public async Task Set_WhereItCannotBe_ChangesNothing_AndSaysWhy()
    {
        var node = await NewAsync();
        byte[] value = await node.EncryptAsync("acme", "x");
        var keys = node.Instance.Keys;
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.SetTenantKekAsync("acme", _application.Id, "r"))).Reason);
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.SetTenantKekAsync("acme", "nowhere:x", "r"))).Reason);
        Assert.Equal(
            KeyUnavailableReason.KekNotAllowed,
            (await Assert.ThrowsAsync<KeyUnavailableException>(() => Node(node, tenantKeks: false).Instance.Keys.SetTenantKekAsync("acme", Own, "r"))).Reason);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.SetTenantKekAsync("unknown", null, "r"));
        await Assert.ThrowsAsync<ArgumentException>(() => keys.SetTenantKekAsync("acme", Own, " "));
        _own.Failure = KekFailure.Denied;
        Assert.Equal(KeyUnavailableReason.Denied, (await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.SetTenantKekAsync("acme", Own, "r"))).Reason);
        _own.Failure = null;
        _application.Failure = KekFailure.Disabled;
        _escrow.Failure = KekFailure.Disabled;
        await Assert.ThrowsAsync<KeyStateException>(() => keys.SetTenantKekAsync("acme", Own, "r"));
        _application.Failure = null;

        Assert.Null((await keys.FindTenantAsync("acme"))!.OwnKek);
        Assert.Equal([_escrow.Id, _application.Id], await KeksOfAsync(node, "acme"));
        Assert.Equal("x", await Node(node).DecryptAsync("acme", value));
        await keys.ShredNowAsync("acme");
        await Assert.ThrowsAsync<TenantShreddedException>(() => keys.SetTenantKekAsync("acme", Own, "r"));
    }

    // The tenant's row is all that says whose KEK wraps its keys: whoever edits or removes it gets no wrap under another.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PolicyThatSomebodyEdits_IsRefused_ByNodesAndRewraps(bool remove)
    {
        var node = await NewAsync();
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        await node.EncryptAsync("acme", "x");
        var rows = (await node.Tables.Inventory.ReadTenantsAsync("", 10, default)).Select(row => row with { KekPolicy = null });
        var keys = (await node.Tables.Inventory.ReadKeysAsync(null, null, 10, default)).Select(static key => key with { Tenant = null });
        var edited = new InMemoryKeyStore(node.Time);
        await edited.Inventory.RestoreAsync(new StoreRows(remove ? [] : [.. rows], [.. keys], await node.Tables.ReadKeksAsync(default), [], []), default);

        var victim = Node(node, tables: edited);
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => victim.EncryptAsync("acme", "y"))).Reason);
        var result = await victim.Instance.Keys.RewrapAsync(new(_second.Id));
        Assert.Contains("columncrypt_tenant", Assert.Single(result.Failures).Reason, StringComparison.Ordinal);
        Assert.Equal([Own], await KeksOfAsync(victim, "acme"));
    }

    [Fact]
    public async Task FirstKey_MadeWhileTheTenantGetsItsOwnKek_IsUnderThatOne()
    {
        for (int round = 0; round < 50; round++)
        {
            var node = await NewAsync();
            string tenant = "acme";
            await Task.WhenAll(
                Task.Run(() => node.Instance.Keys.SetTenantKekAsync(tenant, Own, "contract")),
                Task.Run(() => Node(node).EncryptAsync(tenant, "x")),
                Task.Run(() => Node(node).EncryptAsync(tenant, "y")));
            Assert.All(
                await node.Tables.Inventory.ReadKeysOfAsync(tenant, default),
                static key => Assert.Contains(key.Wraps, static wrap => wrap is { KekId: Own, Wrapped: not null }));
        }
    }

    // The rewrap has read the keys and wrapped them before the row named the tenant's KEK, and writes after it.
    [Fact]
    public async Task Rewrap_ThatWritesAfterTheTenantGotItsOwnKek_AddsNoWrapUnderTheApplications()
    {
        var node = await NewAsync();
        await node.EncryptAsync("acme", "x");
        _second.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rewrap = Node(node).Instance.Keys.RewrapAsync(new(_second.Id));
        while (_second.Wraps < 2)
        {
            await Task.Yield();
        }

        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        _second.Gate.SetResult();
        var result = await rewrap;

        Assert.Empty(result.Failures);
        Assert.DoesNotContain(_second.Id, await KeksOfAsync(node, "acme"));
    }

    [Fact]
    public async Task NodeThatHasNoCredentialOfTheTenant_ReadsThroughTheOldWraps_AndIsDeniedOnceTheyAreDropped()
    {
        var node = await NewAsync();
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        Assert.Equal("x", await Without().DecryptAsync("acme", value));
        foreach (string from in (string[])[_application.Id, _escrow.Id])
        {
            await node.Instance.Keys.RewrapAsync(new(Own) { Tenants = new HashSet<string> { "acme" }, Phase = RewrapPhase.Drop, From = from, Force = true });
        }

        var denied = await Assert.ThrowsAsync<KeyUnavailableException>(() => Without().DecryptAsync("acme", value));
        Assert.Equal(KeyUnavailableReason.Denied, denied.Reason);
        Assert.Contains("UseTenantKeks", denied.Message, StringComparison.Ordinal);

        TestNode Without() => Node(node, credential: static _ => throw new FileNotFoundException("/run/secrets/acme"));
    }

    // No mac covers a wrap's row, so anybody who writes to the tables may have put its KEK there.
    [Theory]
    [InlineData("test:elsewhere")]
    [InlineData("test:acme-third")]
    public async Task KekThatSomebodyWroteIntoTheWraps_IsNotCalledWithTheTenantsCredential_ByAVerification(string planted)
    {
        using var folder = new TempFolder();
        using var signer = FileSigningKey.Create(folder.File("signing.pem"), "six random words make one");
        var node = await NewAsync();
        await node.Instance.Keys.SetTenantKekAsync("globex", _third.Id, "contract");
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        await node.EncryptAsync("acme", "x");
        var key = Assert.Single(await node.Tables.Inventory.ReadKeysOfAsync("acme", default));
        await node.Tables.Inventory.ChangeWrapsAsync(
            [new WrapChange(key.Key.KeyId, "acme", key.Key.RowVersion, [key.Wraps[0] with { KekId = planted }], []) { KekPolicy = Own }],
            static (_, _) => new BatchEnd(null, []),
            default);
        await node.Instance.Keys.ShredNowAsync("acme");
        string certificate = await node.Instance.Keys.CertifyShredAsync("acme", signer);
        _opened.Clear();
        var verdict = await Node(node).Instance.Keys.VerifyShredAsync(certificate, signer.Fingerprint, node.Tables);

        Assert.Equal([Own], verdict.Certificate!.Keks.Where(static kek => kek.IsTenantsOwn).Select(static kek => kek.KekId));
        Assert.Equal([new TenantKek("acme", Own)], _opened);
        Assert.Contains(verdict.Claims, claim => claim.Contains($"not tried on {planted}", StringComparison.Ordinal));
    }

    // A row of the tenant from before, with a valid mac, or none at all: a node that has seen no newer one wraps under the application's KEK.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PolicyThatSomebodyRollsBack_IsFoundByTheDoctor(bool remove)
    {
        var node = await NewAsync();
        await node.EncryptAsync("acme", "x");
        var before = await node.Tables.Inventory.ReadTenantsAsync("", 10, default);
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        Assert.DoesNotContain(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "tenant.kek-differs");
        node.Store.Tenants = _ => remove ? [] : before;
        Assert.Contains(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "tenant.kek-differs");
        node.Store.Tenants = static rows => rows;
        await node.Instance.Keys.SetTenantKekAsync("acme", null, "contract ended");
        Assert.DoesNotContain(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "tenant.kek-differs");
    }

    // Must hold 3, the third way: a dump from before the shred gives nothing once the tenant has destroyed its KEK, and everything before.
    [Fact]
    public async Task DumpFromBeforeAShred_OpensWhileTheTenantsKekLives_AndNoMoreOnceTheTenantDestroysIt()
    {
        using var folder = new TempFolder();
        using var signer = FileSigningKey.Create(folder.File("signing.pem"), "six random words make one");
        var node = await NewAsync();
        await node.Instance.Keys.SetTenantKekAsync("acme", Own, "contract");
        byte[] value = await node.EncryptAsync("acme", "x");
        byte[] survivor = await node.EncryptAsync("globex", "y");
        var dump = new InMemoryKeyStore(node.Time);
        await dump.Inventory.RestoreAsync(
            new StoreRows(
                await node.Tables.Inventory.ReadTenantsAsync("", 10, default),
                await node.Tables.Inventory.ReadKeysAsync(null, null, 10, default),
                await node.Tables.ReadKeksAsync(default),
                [],
                []),
            default);
        await node.Instance.Keys.ShredNowAsync("acme");

        Assert.Equal("x", await Node(node, tables: dump).DecryptAsync("acme", value));
        var proof = await CertifyAsync();
        Assert.False(proof.Certificate!.BackupProof.IsBackupProof);
        Assert.Equal([Own], proof.Certificate.Keks.Select(static kek => kek.KekId));
        Assert.Contains(proof.Findings, static finding => finding.Contains("opens under the KEK " + Own, StringComparison.Ordinal));

        // Noted as destroyed while it answers: not believed.
        await node.Instance.Keys.RetireKekAsync(Own, "the tenant left");
        await node.Instance.Keys.DestroyKekAsync(Own, node.Time.GetUtcNow(), "asserted by the tenant");
        Assert.Contains("still answers", Assert.Single((await CertifyAsync()).Certificate!.BackupProof.Because), StringComparison.Ordinal);

        _own.Failure = KekFailure.Destroyed;
        proof = await CertifyAsync();
        Assert.True(proof.IsValid, string.Join(' ', proof.Findings));
        Assert.True(proof.Certificate!.BackupProof.IsBackupProof);
        var restored = Node(node, tables: dump);
        Assert.Equal(KeyUnavailableReason.Destroyed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => restored.DecryptAsync("acme", value))).Reason);
        Assert.Equal("y", await restored.DecryptAsync("globex", survivor));

        async Task<ErasureVerdict> CertifyAsync() => await node.Instance.Keys.VerifyShredAsync(
            await node.Instance.Keys.CertifyShredAsync("acme", signer), signer.Fingerprint, dump);
    }

    private async Task<TestNode> NewAsync()
    {
        var node = Node();
        await node.Instance.Keys.InitAsync();
        return node;
    }

    private TestNode Node(TestNode? sibling = null, bool tenantKeks = true, IKeyStore? tables = null, Action<TenantKek>? credential = null)
    {
        var node = new TestNode(
            sibling,
            kek: _application,
            tables: tables,
            configure: cc =>
            {
                cc.AddKekProvider(new ChoosingProvider([_application, _own, _second, _escrow, _third])).AllowKek(_second.Id).EscrowTo(_escrow.Id);
                if (tenantKeks)
                {
                    cc.UseTenantKeks((kek, _) =>
                    {
                        lock (_opened)
                        {
                            _opened.Add(kek);
                        }

                        credential?.Invoke(kek);
                    });
                }
            });
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        return node;
    }

    private static async Task<IReadOnlyList<string>> KeksOfAsync(TestNode node, string tenant) =>
    [
        .. (await node.Tables.Inventory.ReadKeysOfAsync(tenant, default))
            .SelectMany(static key => key.Wraps)
            .Where(static wrap => wrap.Wrapped is not null)
            .Select(static wrap => wrap.KekId)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
