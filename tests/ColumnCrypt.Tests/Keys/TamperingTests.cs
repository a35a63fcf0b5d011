using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.TestSupport;
using FsCheck;
using FsCheck.Fluent;

namespace ColumnCrypt.Tests.Keys;

// Must hold 3; PEERS 4, 8, 20: an attacker who writes to the key tables.
// SPEC-KEY-2 SPEC-ROW-2 SPEC-ROW-3 SPEC-ROW-4 SPEC-ROW-5 SPEC-USE-2 SPEC-WRAP-2 SPEC-WRAP-5
public sealed class TamperingTests
{
    [Fact]
    public async Task KeyRow_WhenAnyByteOfAnyFieldIsChanged_IsRefusedBeforeItIsUsed()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        var key = (await honest.Tables.ReadTenantAsync("acme", default)).Keys.Single();
        foreach (var (what, changed) in Changes(key))
        {
            using var node = new TestNode(honest);
            node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Keys = [changed] } : rows;
            await AssertTamperedAsync(what, () => node.DecryptAsync("acme", value));
            await AssertTamperedAsync(what, () => node.EncryptAsync("acme", "y"));
        }
    }

    [Fact]
    public async Task TenantRow_WhenAnyFieldIsChanged_IsRefused()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        var row = (await honest.Tables.ReadTenantAsync("acme", default)).Tenant!;
        foreach (var (what, changed) in Changes(row))
        {
            using var node = new TestNode(honest);
            node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Tenant = changed } : rows;
            await AssertTamperedAsync(what, () => node.DecryptAsync("acme", value));
        }
    }

    [Fact]
    public async Task InstallationRow_WhenAnyByteIsChanged_IsRefused()
    {
        using var honest = new TestNode();
        await honest.EncryptAsync("acme", "x");
        var key = (await honest.Tables.ReadTenantAsync("", default)).Keys.Single();
        foreach (var (what, changed) in Changes(key))
        {
            using var node = new TestNode(honest);
            node.Store.Rows = (tenant, rows) => tenant.Length == 0 ? rows with { Keys = [changed] } : rows;
            await AssertTamperedAsync(what, () => node.EncryptAsync("acme", "y"));
        }
    }

    [Fact]
    public async Task Wrap_WhenAnyByteIsChanged_IsRefused()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        var wrap = (await honest.Tables.ReadTenantAsync("acme", default)).Wraps.Single();
        for (int i = 0; i < wrap.Wrapped!.Length; i++)
        {
            byte[] bytes = [.. wrap.Wrapped];
            bytes[i] ^= 0x10;
            using var node = new TestNode(honest);
            node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Wraps = [wrap with { Wrapped = bytes }] } : rows;
            await AssertTamperedAsync($"wrap byte {i}", () => node.DecryptAsync("acme", value));
            await AssertTamperedAsync($"wrap byte {i}", () => node.EncryptAsync("acme", "y"));
        }
    }

    [Fact]
    public async Task Wraps_ByTheThousand_AreNotTriedByTheThousand()
    {
        using var honest = new TestNode();
        await honest.EncryptAsync("acme", "x");
        var wrap = (await honest.Tables.ReadTenantAsync("acme", default)).Wraps.Single();
        using var node = new TestNode(honest);
        node.Store.Rows = (tenant, rows) => tenant != "acme" ? rows : rows with
        {
            Wraps = [.. Enumerable.Range(0, 1_000).Select(i => wrap with { KekVersion = $"{i}", ValidFrom = wrap.ValidFrom.AddSeconds(i + 1) })],
        };

        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme", "y"))).Reason);

        // Eight, and one for the installation key.
        Assert.Equal(9, node.Kek.Unwraps);
    }

    [Fact]
    public async Task Wraps_OfTwoTenantsSwapped_AreRefused()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        await honest.EncryptAsync("beta", "y");
        var mine = (await honest.Tables.ReadTenantAsync("acme", default)).Wraps.Single();
        var theirs = (await honest.Tables.ReadTenantAsync("beta", default)).Wraps.Single();
        using var node = new TestNode(honest);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Wraps = [mine with { Wrapped = theirs.Wrapped }] } : rows;
        await AssertTamperedAsync("swapped wraps", () => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Rows_OfAnotherTenantPutInPlaceOfOnesOwn_AreRefused()
    {
        using var honest = new TestNode();
        await honest.EncryptAsync("acme", "x");
        byte[] value = await honest.EncryptAsync("beta", "y");
        var theirs = await honest.Tables.ReadTenantAsync("beta", default);
        using var node = new TestNode(honest);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? theirs : rows;
        await AssertTamperedAsync("another tenant's rows", () => node.DecryptAsync("acme", value));
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Keys = theirs.Keys, Wraps = theirs.Wraps } : rows;
        await AssertTamperedAsync("another tenant's keys", () => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Rows_OfAForeignInstallation_AreRefused()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        using var foreign = new TestNode();
        await foreign.EncryptAsync("acme", "z");
        var theirs = await foreign.Tables.ReadTenantAsync("acme", default);
        using var node = new TestNode(honest);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? theirs : rows;
        await AssertTamperedAsync("foreign rows", () => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Installation_WhenReplacedByAnotherUnderTheSameKek_IsRefusedWherePinned()
    {
        using var honest = new TestNode();
        await honest.EncryptAsync("acme", "x");
        string pin = (await honest.Instance.Keys.InitAsync()).Commitment;
        using var foreign = new TestNode(tables: new ColumnCrypt.Store.InMemoryKeyStore(), kek: honest.Kek.Twin());
        await foreign.EncryptAsync("acme", "z");

        using var pinned = new TestNode(tables: foreign.Tables, kek: honest.Kek.Twin(), configure: cc => cc.PinInstallation(pin));
        await AssertTamperedAsync("foreign installation", () => pinned.EncryptAsync("acme", "y"));
        using var matching = new TestNode(honest, configure: cc => cc.PinInstallation(pin));
        await matching.EncryptAsync("acme", "y");
        using var empty = new TestNode(tables: new ColumnCrypt.Store.InMemoryKeyStore(), kek: honest.Kek.Twin(), configure: cc => cc.PinInstallation(pin));
        await AssertTamperedAsync("no installation", () => empty.EncryptAsync("acme", "y"));
    }

    [Fact]
    public async Task TenantRow_WhenDeletedWhileKeysRemain_IsRefused()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        using var node = new TestNode(honest);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Tenant = null } : rows;
        await AssertTamperedAsync("no tenant row", () => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Row_WhenAnOlderOneIsPutBack_IsRefusedByANodeThatSawTheNewer()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var old = await node.Tables.ReadTenantAsync("acme", default);
        await RotationTests.RotateAsync(node, "acme");
        await node.DecryptAsync("acme", value);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? old : rows;
        await AssertTamperedAsync("older rows", () => node.Instance.Keys.RotateAsync("acme"));
    }

    [Fact]
    public async Task KekRow_WhenSlippedIn_IsNeverCalled()
    {
        using var honest = new TestNode();
        byte[] value = await honest.EncryptAsync("acme", "x");
        var attacker = new SwitchableKek("test:attacker");
        var row = (await honest.Tables.ReadKeksAsync(default)).Single();
        using var node = new TestNode(honest);
        node.Store.Keks = rows => [.. rows, row with { KekId = attacker.Id }];
        var wrap = (await honest.Tables.ReadTenantAsync("acme", default)).Wraps.Single();
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Wraps = [wrap with { KekId = attacker.Id }] } : rows;

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value));

        Assert.Equal(KeyUnavailableReason.KekNotAllowed, error.Reason);
        Assert.Equal(0, attacker.Unwraps);
    }

    [Fact]
    public async Task KekRow_WhenAnyFieldOfAnAllowedOneIsChanged_IsRefused()
    {
        using var honest = new TestNode();
        await honest.EncryptAsync("acme", "x");
        var row = (await honest.Tables.ReadKeksAsync(default)).Single();
        KekRecord[] changes =
        [
            row with { State = KekState.Retired },
            row with { Priority = 1 },
            row with { AddedAt = row.AddedAt.AddMilliseconds(1) },
            row with { RetiredAt = row.AddedAt },
            row with { DestroyedAt = row.AddedAt },
            row with { RowVersion = 2 },
            row with { Mac = new byte[32] },
            row with { Mac = [] },
        ];
        foreach (var changed in changes)
        {
            using var node = new TestNode(honest);
            node.Store.Keks = _ => [changed];
            await AssertTamperedAsync(changed.ToString(), () => node.EncryptAsync("acme", "y"));
        }
    }

    [Fact]
    public async Task Generation_WhenItGoesBack_RotatesEveryDataKeyBeforeItsNextWrite()
    {
        using var node = new TestNode();
        byte[] acme = await node.EncryptAsync("acme", "x");
        byte[] beta = await node.EncryptAsync("beta", "y");
        await node.Instance.Keys.RotateAsync("acme");
        node.Time.Advance(TimeSpan.FromSeconds(61));
        await node.DecryptAsync("beta", beta);
        node.Store.Generation = static _ => 0;
        node.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("y", await node.DecryptAsync("beta", beta));

        byte[] later = await node.EncryptAsync("beta", "z");

        Assert.NotEqual(ValueFrame.ReadKeyId(beta, "p"), ValueFrame.ReadKeyId(later, "p"));
        Assert.Equal("y", await node.DecryptAsync("beta", beta));
        Assert.Equal("x", await node.DecryptAsync("acme", acme));
        byte[] again = await node.EncryptAsync("beta", "z");
        Assert.Equal(ValueFrame.ReadKeyId(later, "p"), ValueFrame.ReadKeyId(again, "p"));
    }

    [Fact]
    public async Task ReservedUses_WhenTheyGoBack_GoOnFromThisNodesOwnMark()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var key = (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single();
        long before = key.ReservedUses;
        node.Store.Reserved = total => total - before;
        using var lease = await node.Instance.AcquireRingAsync("acme", 5_000, default);
        var after = (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single();
        Assert.Equal(before + 5_000 + before, after.ReservedUses);
    }

    [Fact]
    public async Task Manifest_WhenARowIsChanged_IsRefused()
    {
        using var node = new TestNode();
        var column = new ColumnRecord { Database = "clinic", Schema = "", Table = "Patients", Column = "Name", Purpose = "Patient.Name", Codec = "text", KeyColumns = "[\"Id\"]" };
        await node.Instance.RegisterColumnsAsync("acme", "clinic", [column], default);
        node.Store.Columns = rows => [.. rows.Select(static row => row with { Purpose = "Patient.Ssn" })];
        await AssertTamperedAsync("manifest", () => node.Instance.RegisterColumnsAsync("acme", "clinic", [column], default).AsTask());
    }

    [Fact]
    public async Task AnyBytes_AsAValue_AreRefusedWithATypedError()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        using var lease = await node.Instance.AcquireRingAsync("acme", 0, default);
        Prop.ForAll<byte[], bool>((bytes, withHeader) =>
        {
            byte[] candidate = withHeader ? [.. value.AsSpan(0, 29), .. bytes] : bytes;
            try
            {
                lease.Decrypt("patient.name", candidate, ValueCodecs.For<string>());
                return false;
            }
            catch (CiphertextInvalidException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();
    }

    private static IEnumerable<(string What, KeyRecord Changed)> Changes(KeyRecord row)
    {
        foreach (byte[] bytes in Flipped(row.KeyId.ToArray()))
        {
            yield return ("key id", row with { KeyId = new KeyId(bytes) });
        }

        foreach (byte[] bytes in Flipped(row.Commitment))
        {
            yield return ("commitment", row with { Commitment = bytes });
        }

        foreach (byte[] bytes in Flipped(row.Mac))
        {
            yield return ("mac", row with { Mac = bytes });
        }

        yield return ("mac cut", row with { Mac = row.Mac[..31] });
        yield return ("no mac", row with { Mac = [] });
        yield return ("tenant", row with { Tenant = row.Tenant + "x" });
        foreach (var state in Enum.GetValues<KeyState>().Where(state => state != row.State))
        {
            yield return ($"state {state}", row with { State = state });
        }

        if (row.Kind == KeyKind.Data)
        {
            yield return ("kind", row with { Kind = KeyKind.Index });
        }

        yield return ("version", row with { Version = row.Version + 1 });
        yield return ("row version", row with { RowVersion = row.RowVersion + 1 });
        yield return ("created", row with { CreatedAt = row.CreatedAt.AddMilliseconds(1) });
        yield return ("activated", row with { ActivatedAt = null });
        yield return ("deactivated", row with { DeactivatedAt = row.CreatedAt });
        yield return ("suspended", row with { SuspendedAt = row.CreatedAt });
        yield return ("compromised", row with { CompromisedAt = row.CreatedAt });
        yield return ("destroyed", row with { DestroyedAt = row.CreatedAt });
    }

    private static IEnumerable<(string What, TenantRecord Changed)> Changes(TenantRecord row)
    {
        yield return ("tenant", row with { Tenant = row.Tenant + "x" });
        yield return ("state", row with { State = TenantState.ShredScheduled });
        yield return ("state", row with { State = TenantState.Shredded });
        yield return ("policy", row with { KekPolicy = "" });
        yield return ("hold", row with { Hold = "" });
        yield return ("created", row with { CreatedAt = row.CreatedAt.AddMilliseconds(-1) });
        yield return ("scheduled", row with { ShredScheduledAt = row.CreatedAt });
        yield return ("due", row with { ShredDueAt = row.CreatedAt });
        yield return ("shredded", row with { ShreddedAt = row.CreatedAt });
        yield return ("generation", row with { Generation = row.Generation + 1 });
        yield return ("row version", row with { RowVersion = row.RowVersion + 1 });
        foreach (byte[] bytes in Flipped(row.Mac))
        {
            yield return ("mac", row with { Mac = bytes });
        }
    }

    private static IEnumerable<byte[]> Flipped(byte[] bytes)
    {
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return flipped;
        }
    }

    private static async Task AssertTamperedAsync(string what, Func<Task> act)
    {
        var error = await Record.ExceptionAsync(act);
        Assert.True(
            error is KeyUnavailableException { Reason: KeyUnavailableReason.Tampered } or CiphertextInvalidException,
            $"{what}: {error?.GetType().Name ?? "nothing"} was raised: {error?.Message}");
    }
}
