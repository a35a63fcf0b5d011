namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4, Must hold 4: whatever way a value goes into a row, its index goes with it.
public class StaleIndexTests
{
    public static TheoryData<string, Func<AnyContext, string?, Task>> Ways() => new()
    {
        { "tracked", static async (db, v) => { (await db.Set<Customer>().SingleAsync()).Ssn = v; await db.SaveChangesAsync(); } },
        { "synchronous", static (db, v) => { db.Set<Customer>().Single().Ssn = v; db.SaveChanges(); return Task.CompletedTask; } },
        { "detached Update", static async (db, v) => { db.Update(Row(v)); await db.SaveChangesAsync(); } },
        { "Attach, then set", static async (db, v) => { var row = Row("other"); db.Attach(row); row.Ssn = v; await db.SaveChangesAsync(); } },
        { "Attach, IsModified", static async (db, v) => { db.Attach(Row(v)).Property(static c => c.Ssn).IsModified = true; await db.SaveChangesAsync(); } },
        { "state set by hand", static async (db, v) => { db.Entry(Row(v)).State = EntityState.Modified; await db.SaveChangesAsync(); } },
        { "AutoDetectChanges off", static async (db, v) => { db.ChangeTracker.AutoDetectChangesEnabled = false; var row = await db.Set<Customer>().SingleAsync(); row.Ssn = v; db.ChangeTracker.DetectChanges(); await db.SaveChangesAsync(); } },
        { "CurrentValue", static async (db, v) => { db.Entry(await db.Set<Customer>().SingleAsync()).Property(static c => c.Ssn).CurrentValue = v; await db.SaveChangesAsync(); } },
        { "SetValues", static async (db, v) => { db.Entry(await db.Set<Customer>().SingleAsync()).CurrentValues.SetValues(Row(v)); await db.SaveChangesAsync(); } },
        { "ExecuteUpdate", static (db, v) => db.Set<Customer>().ExecuteUpdateAsync(s => s.SetProperty(static c => c.Ssn, v)) },
        { "ExecuteUpdate, lambda", static (db, v) => db.Set<Customer>().ExecuteUpdateAsync(s => s.SetProperty(static c => c.Ssn, c => v)) },
        { "ExecuteUpdate, among others", static (db, v) => db.Set<Customer>().ExecuteUpdateAsync(s => s.SetProperty(static c => c.City, "Bern").SetProperty(static c => c.Ssn, v).SetProperty(static c => c.Age, 41)) },
        { "ExecuteUpdate, EF.Property", static (db, v) => db.Set<Customer>().ExecuteUpdateAsync(s => s.SetProperty(static c => EF.Property<string?>(c, "Ssn"), v)) },
        { "no transaction", static async (db, v) => { db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never; (await db.Set<Customer>().SingleAsync()).Ssn = v; await db.SaveChangesAsync(); } },
        { "delete and insert", static async (db, v) => { await db.Set<Customer>().ExecuteDeleteAsync(); db.Add(Row(v)); await db.SaveChangesAsync(); } },
        { "replace", static async (db, v) => { db.Remove(await db.Set<Customer>().SingleAsync()); await db.SaveChangesAsync(); db.Add(Row(v)); await db.SaveChangesAsync(); } },
    };

    [Theory, MemberData(nameof(Ways))]
    public async Task Index_WhateverWayTheValueChanges_IsTheValues(string way, Func<AnyContext, string?, Task> change)
    {
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        {
            await using var shop = await Shop.OpenAsync(kind);
            await using (var db = shop.As("a"))
            {
                db.Add(Row("old"));
                await db.SaveChangesAsync();
            }

            string? old = shop.IndexOf(1);
            await using (var db = shop.As("a"))
            {
                await change(db, "new");
            }

            string? after = shop.IndexOf(1);
            Assert.NotNull(old);
            Assert.NotEqual(old, after);
            await using (var db = shop.As("a"))
            {
                Assert.Equal(1, await db.Set<Customer>().CountAsync(static c => c.Ssn == "new"));
                Assert.Equal(0, await db.Set<Customer>().CountAsync(static c => c.Ssn == "old"));
                await change(db, null);
            }

            Assert.True(shop.IndexOf(1) is null, way);
            await using (var db = shop.As("a"))
            {
                await change(db, "old");
            }

            Assert.Equal(old, shop.IndexOf(1));
        }
    }

    [Fact]
    public async Task Index_WhenSetByHand_IsWhatTheValueSays()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite);
        await using var db = shop.As("a");
        var row = Row("old");
        db.Add(row);
        await db.SaveChangesAsync();
        string? right = shop.IndexOf(1);
        db.Entry(row).Property("Ssn_bi").CurrentValue = null;
        await db.SaveChangesAsync();
        Assert.Equal(right, shop.IndexOf(1));
        db.ChangeTracker.Clear();
        var partial = db.Update(Row("of no account"));
        partial.Property(static c => c.Ssn).IsModified = false;
        await db.SaveChangesAsync();
        Assert.Equal(right, shop.IndexOf(1));
        db.ChangeTracker.Clear();
        row = await db.Set<Customer>().SingleAsync();
        db.Entry(row).Property("Ssn_bi").CurrentValue = null;
        row.Ssn = "new";
        await db.SaveChangesAsync();
        Assert.Equal(1, await db.Set<Customer>().CountAsync(static c => c.Ssn == "new"));
    }

    [Fact]
    public async Task Save_ThatFails_LeavesIndexAndValueAsTheyWere()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite);
        await using var db = shop.As("a");
        var (one, two) = (Row("one"), Row("two"));
        two.Id = 2;
        db.AddRange(one, two);
        await db.SaveChangesAsync();
        two.Ssn = "one";
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
        Assert.Equal("one", two.Ssn);
        two.Ssn = "three";
        await db.SaveChangesAsync();
        Assert.Equal(2, (await db.Set<Customer>().SingleAsync(static c => c.Ssn == "three")).Id);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task UniqueIndex_HoldsPerTenant_AndLetsAValueMoveOn(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind);
        await using var db = shop.As("a");
        await using var other = shop.As("b");
        var (one, two) = (Row("one"), Row("two"));
        two.Id = 2;
        db.AddRange(one, two);
        await db.SaveChangesAsync();
        var foreign = Row("one");
        (foreign.Id, foreign.TenantId) = (3, "b");
        other.Add(foreign);
        await other.SaveChangesAsync();

        // One gives the value up and the other takes it, in one save.
        (one.Ssn, two.Ssn) = ("free", "one");
        await db.SaveChangesAsync();
        Assert.Equal(2, (await db.Set<Customer>().SingleAsync(static c => c.Ssn == "one")).Id);
        Assert.NotEqual(shop.IndexOf(2), shop.IndexOf(3));

        var twice = Row("one");
        twice.Id = 4;
        db.Add(twice);
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
    }

    [Fact]
    public async Task Index_OfAnotherColumnOrTenant_IsAnotherValue()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite);
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = shop.As(tenant);
            db.Add(new Customer { Id = tenant == "a" ? 1 : 2, TenantId = tenant, Ssn = "same", Email = "same" });
            await db.SaveChangesAsync();
        }

        string?[] values = [shop.IndexOf(1), shop.IndexOf(2), shop.IndexOf(1, "Email_bi"), shop.IndexOf(2, "Email_bi")];
        Assert.Equal(4, values.Distinct().Count());
        Assert.All(values, static v => Assert.Equal(64, v!.Length));
    }

    private static Customer Row(string? ssn) => new() { Id = 1, TenantId = "a", Ssn = ssn };
}
