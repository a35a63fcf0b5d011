using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class RoundTripTests
{
    private static readonly DateTimeOffset s_odd = new(2026, 7, 8, 9, 10, 11, 123, 456, TimeSpan.FromHours(2));

    public static TheoryData<string, string> Ids
    {
        get
        {
            string[] ids = ["123", "Ä", "A\u0308", "ä", "a'b\"c;--", "\U0001F512", " leading and trailing ", new string('x', 200), string.Concat(Enumerable.Repeat("\U0001F512", 50))];
            TheoryData<string, string> data = [];
            foreach (var store in KeyStoreHosts.All)
            {
                foreach (var id in ids)
                {
                    data.Add(store.Data, id);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenant_AfterInsert_GivesEveryFieldBack(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var tenant = Rows.Tenant("clinic-a") with
        {
            KekPolicy = "{\"keks\":[\"test:own\"]}", Hold = "case 7", CreatedAt = s_odd, ShredScheduledAt = s_odd.AddDays(1), ShredDueAt = s_odd.AddDays(8),
            ShreddedAt = s_odd.AddDays(9), Generation = long.MaxValue - 1, RowVersion = 1,
        };
        var key = Rows.Key("clinic-a", int.MaxValue) with
        {
            CreatedAt = s_odd, ActivatedAt = s_odd.AddTicks(1), DeactivatedAt = DateTimeOffset.UnixEpoch, SuspendedAt = s_odd.AddYears(-100),
            CompromisedAt = s_odd.AddYears(100), DestroyedAt = s_odd.AddMilliseconds(1), ReservedUses = 1L << 40, RowVersion = 1L << 41,
        };
        var wrap = Rows.Wrap(key.KeyId, "test:kek/ä", "v1") with { ValidFrom = s_odd, ValidTo = s_odd.AddDays(3), VerifiedAt = s_odd.AddDays(2), Wrapped = new byte[5_000] };
        var kek = Rows.Kek("test:retired/ä") with { State = KekState.Retired, Priority = int.MinValue, AddedAt = s_odd, RetiredAt = s_odd.AddDays(1), DestroyedAt = s_odd.AddDays(2) };

        Assert.True(await (await host.OpenCreatedAsync()).TryInsertKeyAsync(new NewKey(tenant, key, [wrap], [kek]), CancellationToken.None));

        var store = host.Open();
        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        RowAssert.Equal(tenant, read.Tenant);
        RowAssert.Equal(key, Assert.Single(read.Keys));
        RowAssert.Equal(wrap, Assert.Single(read.Wraps));
        RowAssert.Equal(kek, Assert.Single(await store.ReadKeksAsync(CancellationToken.None)));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenant_WhenOptionalFieldsAreNull_GivesNullBack(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        RowAssert.Equal(row.Tenant, read.Tenant);
        RowAssert.Equal(row.Key, Assert.Single(read.Keys));
        RowAssert.Equal(row.Wraps[0], Assert.Single(read.Wraps));
        RowAssert.Equal(row.Keks[0], Assert.Single(await store.ReadKeksAsync(CancellationToken.None)));
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task ReadTenant_OfAnyId_ComparesByteByByte(string name, string id)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey(id);
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));

        RowAssert.Equal(row.Key, Assert.Single((await store.ReadTenantAsync(id, CancellationToken.None)).Keys));
        Assert.Equal(id, await store.FindTenantAsync(row.Key.KeyId, CancellationToken.None));
        foreach (var other in new[] { id.ToUpperInvariant(), id.ToLowerInvariant(), id.Normalize(System.Text.NormalizationForm.FormD), id.Normalize(), id.Trim() }.Where(other => other != id))
        {
            Assert.Null((await store.ReadTenantAsync(other, CancellationToken.None)).Tenant);
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenant_WhenUnknown_IsEmpty(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("another"), CancellationToken.None));

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Null(read.Tenant);
        Assert.Empty(read.Keys);
        Assert.Empty(read.Wraps);
        Assert.Null(await store.FindTenantAsync(Rows.Key("clinic-a").KeyId, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenant_OfSeveralKeysAndWraps_GivesOldestVersionFirst(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var keys = new[]
        {
            Rows.Key("clinic-a", 2, KeyState.Deactivated), Rows.Key("clinic-a", 1, KeyState.Deactivated), Rows.Key("clinic-a", 10), Rows.Key("clinic-a", 1, kind: KeyKind.Index),
        };
        foreach (var key in keys)
        {
            WrapRecord[] wraps = [Rows.Wrap(key.KeyId), Rows.Wrap(key.KeyId, "test:kek", "2"), Rows.Wrap(key.KeyId, "test:escrow")];
            Assert.True(await store.TryInsertKeyAsync(new NewKey(Rows.Tenant("clinic-a"), key, wraps, []), CancellationToken.None));
        }

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Equal([keys[1].KeyId, keys[3].KeyId, keys[0].KeyId, keys[2].KeyId], read.Keys.Select(key => key.KeyId));
        Assert.Equal(12, read.Wraps.Select(wrap => (wrap.KeyId, wrap.KekId, wrap.KekVersion)).Distinct().Count());
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task WriteColumns_InTheNextVersion_TakeThePlaceOfTheOneBefore(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.Column("ssn") with { IndexColumns = """["ssn_bidx"]""", IndexVersion = 3, Schema = "med" };
        Assert.True(await store.TryWriteColumnsAsync([first], null, CancellationToken.None));
        Assert.False(await store.TryWriteColumnsAsync([Rows.Column("address"), first with { Purpose = "other" }], null, CancellationToken.None));
        Assert.True(await store.TryWriteColumnsAsync([Rows.Column("name"), Rows.Column("name", "archive")], null, CancellationToken.None));
        Assert.True(await store.TryWriteColumnsAsync([], null, CancellationToken.None));
        RowAssert.Equal(first, (await store.ReadColumnsAsync("clinic", CancellationToken.None)).Single(column => column.Column == "ssn"));

        first = first with { IndexColumns = """["ssn_bidx", "ssn_bidx_v4"]""", IndexVersion = 4, RowVersion = 2, Mac = [.. first.Mac.Reverse()] };
        Assert.True(await store.TryWriteColumnsAsync([first], null, CancellationToken.None));
        Assert.False(await store.TryWriteColumnsAsync([Rows.Column("address"), first], null, CancellationToken.None));
        Assert.False(await store.TryWriteColumnsAsync([first with { RowVersion = 4 }], null, CancellationToken.None));

        var columns = await store.ReadColumnsAsync("clinic", CancellationToken.None);
        Assert.Equal(["name", "ssn"], columns.Select(column => column.Column).Order(StringComparer.Ordinal));
        RowAssert.Equal(first, columns.Single(column => column.Column == "ssn"));
        Assert.Single(await store.ReadColumnsAsync("archive", CancellationToken.None));
        Assert.Empty(await store.ReadColumnsAsync("Clinic", CancellationToken.None));
    }

    // SPEC-ADOPT-3
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task WriteColumns_OfAnAdoptedColumn_RaisesTheGeneration_AndChainsItsEntry(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        long before = await store.ReadGenerationAsync(CancellationToken.None);
        var column = Rows.Column("ssn") with { Adoption = """{"state":"dual"}""" };
        Assert.True(await store.TryWriteColumnsAsync([Rows.Column("name"), column], null, CancellationToken.None));
        Assert.Equal(before + 1, await store.ReadGenerationAsync(CancellationToken.None));

        column = column with { Adoption = """{"state":"verified"}""", RowVersion = 2 };
        Assert.True(await store.TryWriteColumnsAsync([column], static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.False(await store.TryWriteColumnsAsync([column], static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.True(await store.TryWriteColumnsAsync([Rows.Column("name") with { RowVersion = 2 }], static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.Equal(before + 2, await store.ReadGenerationAsync(CancellationToken.None));
        Assert.Equal(2, (await store.Audit.ReadAsync(0, 10, CancellationToken.None)).Count);
        RowAssert.Equal(column, (await store.ReadColumnsAsync("clinic", CancellationToken.None)).Single(row => row.Column == "ssn"));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Upgrade_OfTablesThatLackAColumn_AddsItAndKeepsTheRows(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var column = Rows.Column("name");
        Assert.True(await store.TryWriteColumnsAsync([column], null, CancellationToken.None));
        if (host is SqlHost sql)
        {
            await sql.ExecuteAsync($"ALTER TABLE {sql.Prefix}columncrypt_column DROP COLUMN adoption");
            await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadColumnsAsync("clinic", CancellationToken.None));
        }

        await store.UpgradeTablesAsync(CancellationToken.None);
        await store.UpgradeTablesAsync(CancellationToken.None);
        RowAssert.Equal(column, Assert.Single(await store.ReadColumnsAsync("clinic", CancellationToken.None)));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Rows_WhenTheCallerChangesItsArrays_StayAsTheyAre(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var before = (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys[0];
        row.Key.Mac[0] ^= 1;
        before.Commitment[0] ^= 1;

        var after = (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys[0];
        Assert.NotEqual(row.Key.Mac, after.Mac);
        Assert.NotEqual(before.Commitment, after.Commitment);
    }
}
