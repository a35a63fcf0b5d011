using ColumnCrypt.EntityFrameworkCore.Indexes;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4: composite indexes. SPEC-IDX-2 SPEC-IDX-20
public class CompositeTests
{
    private static readonly DateOnly s_born = new(1990, 1, 2);

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfAllItsProperties_IsRight(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, Model);
        string?[] names = [null, "", "Ann", "ann", "Bo"];
        DateOnly?[] days = [null, s_born, s_born.AddDays(1)];
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = shop.As(tenant);
            db.AddRange(names.SelectMany(name => days.SelectMany(day => new[] { 1, 2 }.Select(floor => new Guest { TenantId = tenant, Last = name, Born = day, Floor = floor, Nick = name, City = $"{floor}" }))));
            await db.SaveChangesAsync();
        }

        await using var a = shop.As("a");
        var mine = a.Set<Guest>().Where(static g => g.TenantId == "a").AsNoTracking();
        var all = await mine.ToListAsync();
        foreach (string name in names.OfType<string>().Append("nobody"))
        {
            foreach (var day in days.OfType<DateOnly>())
            {
                Same(q => q.Where(g => g.Last == name && g.Born == day));
                Same(q => q.Where(g => day == g.Born && g.City == "1" && name.Equals(g.Last)));
                Same(q => q.Where(g => !(g.Last == name && g.Born == day)));
                Same(q => q.Where(g => (g.Last == name && g.Born == day) || g.City == "2"));
                Same(q => q.Where(g => g.Last == name).Where(g => g.City == "2" && g.Born == day), works: false);
                Same(q => q.Where(g => g.Last == name && g.Born.HasValue && g.Born.Value == day && g.Floor == 1));
                Same(q => q.Where(g => g.Nick == name && g.Floor == 2));
                Same(q => q.Where(g => g.Nick == name && g.Floor == 2 && g.City == "2").OrderBy(static g => g.Id));
                Same(q => q.Where(g => (g.Nick == name && g.Floor == 2) || g.City == "1"), works: false);
                Same(q => q.Where(g => g.Last == name), works: false);
                Assert.Equal(all.Count(g => g.Last == name && g.Born == day), await mine.CountAsync(g => g.Last == name && g.Born == day));
                Assert.Equal(all.Count(g => g.Nick == name && g.Floor == 2), await mine.CountAsync(g => g.Nick == name && g.Floor == 2));
                Assert.Equal(all.Find(g => g.Last == name && g.Born == day)?.Id, (await mine.OrderBy(static g => g.Id).FirstOrDefaultAsync(g => g.Last == name && g.Born == day))?.Id);
                Assert.Equal(
                    all.Count(g => all.Exists(o => o.Last == name && o.Born == day && o.Floor == g.Floor)),
                    await mine.CountAsync(g => a.Set<Guest>().Any(o => o.Last == name && o.Born == day && o.City == g.City)));
            }
        }

        string? none = null;
        var error = Assert.Throws<EncryptedQueryException>(() => mine.Where(g => g.Last == none && g.Born == s_born).ToList());
        Assert.Contains("guest.last-born", error.Message, StringComparison.Ordinal);
        Assert.Equal(all.Count(static g => g.Last == null && g.Born == null), await mine.CountAsync(static g => g.Last == null && g.Born == null));

        void Same(Func<IQueryable<Guest>, IQueryable<Guest>> query, bool works = true)
        {
            if (works)
            {
                Assert.Equal(query(all.AsQueryable()).Select(static g => g.Id).Order(), query(mine).ToList().Select(static g => g.Id).Order());
            }
            else
            {
                Assert.Throws<EncryptedQueryException>(() => query(mine).ToList());
            }
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Unique_HoldsOverAllPropertiesTogether_PerTenant(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, static m => Model(m, true));
        await SaveAsync("a", Guest("a", "Ann", s_born, 1));
        await SaveAsync("a", Guest("a", "Ann", s_born, 2), Guest("a", "Bo", s_born, 1), Guest("a", null, s_born, 1), Guest("a", null, s_born, 1), Guest("a", "Ann", s_born.AddDays(1), 1));
        await SaveAsync("b", Guest("b", "Ann", s_born, 1));
        await Assert.ThrowsAsync<DbUpdateException>(() => SaveAsync("a", Guest("a", "Ann", s_born, 1)));
        await using var db = shop.As("a");
        var bo = await db.Set<Guest>().SingleAsync(static g => g.Last == "Bo" && g.Born == s_born && g.Floor == 1);
        bo.Last = "Ann";
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());

        async Task SaveAsync(string tenant, params Guest[] guests)
        {
            await using var context = shop.As(tenant);
            context.AddRange(guests);
            await context.SaveChangesAsync();
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite, true), InlineData(DatabaseKind.PostgreSql, false)]
    public async Task Save_OfOneOfItsProperties_FitsTheRow_WhateverTheEntityKnew(DatabaseKind kind, bool async)
    {
        await using var shop = await Shop.OpenAsync(kind, Model);
        await using (var db = shop.As("a"))
        {
            db.Add(Guest("a", "Ann", s_born, 1));
            await db.SaveChangesAsync();
        }

        // Attached without knowing the row.
        await using (var db = shop.As("a"))
        {
            var stub = db.Attach(new Guest { Id = 1, TenantId = "a" }).Entity;
            stub.Last = "Bo";
            await SaveAsync(db);
        }

        await FoundAsync("Bo", s_born, 1);

        // Another writes another property in between.
        await using (var db = shop.As("a"))
        {
            var loaded = await db.Set<Guest>().SingleAsync();
            await using (var other = shop.As("a"))
            {
                (await other.Set<Guest>().SingleAsync()).Born = s_born.AddDays(7);
                await SaveAsync(other);
            }

            loaded.Last = "Cy";
            await SaveAsync(db);
            Assert.Equal(s_born.AddDays(7), loaded.Born);
        }

        await FoundAsync("Cy", s_born.AddDays(7), 1);

        // One marked by hand, all of them, none, and a null.
        await using (var db = shop.As("a"))
        {
            var stub = db.Attach(new Guest { Id = 1, TenantId = "a", Floor = 2 });
            stub.Property(static g => g.Floor).IsModified = true;
            await SaveAsync(db);
        }

        await FoundAsync("Cy", s_born.AddDays(7), 2);
        await using (var db = shop.As("a"))
        {
            db.Update(new Guest { Id = 1, TenantId = "a", Last = "Di", Born = s_born, Floor = 3 });
            await SaveAsync(db);
        }

        await FoundAsync("Di", s_born, 3);
        await using (var db = shop.As("a"))
        {
            var stub = db.Attach(new Guest { Id = 1, TenantId = "a" }).Entity;
            stub.City = "Oslo";
            await SaveAsync(db);
        }

        await FoundAsync("Di", s_born, 3);
        await using (var db = shop.As("a"))
        {
            (await db.Set<Guest>().SingleAsync()).Born = null;
            await SaveAsync(db);
            Assert.Equal(0, await db.Set<Guest>().CountAsync(static g => g.Last == "Di" && g.Born == s_born));
            var gone = db.Attach(new Guest { Id = 99, TenantId = "a" }).Entity;
            gone.Last = "nobody";
            await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => SaveAsync(db));
        }

        Assert.Null(shop.Database.Scalar("SELECT \"Last_Born_bi\" FROM \"Guest\" WHERE \"Last_Born_bi\" IS NOT NULL"));

        async Task SaveAsync(DbContext db) => Assert.True((async ? await db.SaveChangesAsync() : db.SaveChanges()) > 0);

        async Task FoundAsync(string last, DateOnly born, int floor)
        {
            await using var db = shop.As("a");
            Assert.Equal(1, await db.Set<Guest>().CountAsync(g => g.Last == last && g.Born == born));
            Assert.Equal(1, await db.Set<Guest>().CountAsync(g => g.Last == last && g.Born == born && g.Floor == floor));
            Assert.True((await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true })).All(static state => state.IsComplete));
        }
    }

    public static TheoryData<string, Func<AnyContext, string?, Task>> Ways() => new()
    {
        { "tracked", static async (db, v) => { (await db.Set<Guest>().SingleAsync()).Last = v; await db.SaveChangesAsync(); } },
        { "synchronous", static (db, v) => { db.Set<Guest>().Single().Last = v; db.SaveChanges(); return Task.CompletedTask; } },
        { "detached Update", static async (db, v) => { db.Update(Row(v)); await db.SaveChangesAsync(); } },
        { "Attach, then set", static async (db, v) => { var row = Row("other"); db.Attach(row); row.Last = v; await db.SaveChangesAsync(); } },
        { "Attach, IsModified", static async (db, v) => { db.Attach(Row(v)).Property(static g => g.Last).IsModified = true; await db.SaveChangesAsync(); } },
        { "state set by hand", static async (db, v) => { db.Entry(Row(v)).State = EntityState.Modified; await db.SaveChangesAsync(); } },
        { "AutoDetectChanges off", static async (db, v) => { db.ChangeTracker.AutoDetectChangesEnabled = false; var row = await db.Set<Guest>().SingleAsync(); row.Last = v; db.ChangeTracker.DetectChanges(); await db.SaveChangesAsync(); } },
        { "CurrentValue", static async (db, v) => { db.Entry(await db.Set<Guest>().SingleAsync()).Property(static g => g.Last).CurrentValue = v; await db.SaveChangesAsync(); } },
        { "SetValues", static async (db, v) => { db.Entry(await db.Set<Guest>().SingleAsync()).CurrentValues.SetValues(Row(v)); await db.SaveChangesAsync(); } },
        { "no transaction", static async (db, v) => { db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never; (await db.Set<Guest>().SingleAsync()).Last = v; await db.SaveChangesAsync(); } },
        { "delete and insert", static async (db, v) => { await db.Set<Guest>().ExecuteDeleteAsync(); db.Add(Row(v)); await db.SaveChangesAsync(); } },
        { "the index set by hand", static async (db, v) => { var row = await db.Set<Guest>().SingleAsync(); db.Entry(row).Property("Last_Born_bi").CurrentValue = null; row.Last = v; await db.SaveChangesAsync(); } },
    };

    // Must hold 4: whatever way a value goes into a row, its index goes with it.
    [Theory, MemberData(nameof(Ways))]
    public async Task Index_WhateverWayAValueChanges_IsTheValues(string way, Func<AnyContext, string?, Task> change)
    {
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        {
            await using var shop = await Shop.OpenAsync(kind, Model);
            await using (var db = shop.As("a"))
            {
                db.Add(Row("old"));
                await db.SaveChangesAsync();
            }

            await ChangeAsync("new");
            await FoundAsync("new", 1);
            await FoundAsync("old", 0);
            await ChangeAsync(null);
            Assert.True(shop.Database.Scalar("SELECT \"Last_Born_bi\" FROM \"Guest\" WHERE \"Last_Born_bi\" IS NOT NULL") is null, way);
            await ChangeAsync("old");
            await FoundAsync("old", 1);

            async Task ChangeAsync(string? value)
            {
                await using var db = shop.As("a");
                await change(db, value);
                Assert.All(await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), state => Assert.True(state.IsComplete, $"{way}: {state}"));
            }

            async Task FoundAsync(string last, int count)
            {
                await using var db = shop.As("a");
                Assert.Equal(count, await db.Set<Guest>().CountAsync(g => g.Last == last && g.Born == s_born));
            }
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Fill_OfOneThatIsNew_GivesEveryRowItsValue(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, Model);
        await using (var db = shop.As("a"))
        {
            db.AddRange(Guest("a", "Ann", s_born, 1), Guest("a", null, s_born, 1), Guest("a", "Bo", s_born, 2));
            await db.SaveChangesAsync();
        }

        shop.Database.Execute("UPDATE \"Guest\" SET \"Last_Born_bi\" = NULL, \"Last_Born_Floor_bi\" = \"Last_Born_bi\"");
        await using var a = shop.As("a");
        Assert.Contains(await a.Database.VerifyBlindIndexesAsync(), static state => state is { Column: "Last_Born_bi", Missing: 2 });
        var filled = await a.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true, BatchSize = 2 });
        Assert.Equal((4, 0), (filled.Filled, filled.Failed));
        Assert.True((await a.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true })).All(static state => state.IsComplete));
        Assert.Equal(1, await a.Set<Guest>().CountAsync(static g => g.Last == "Bo" && g.Born == s_born));

        shop.Database.Execute("UPDATE \"Guest\" SET \"Born\" = NULL WHERE \"Last_Born_bi\" IS NOT NULL");
        Assert.Contains(await a.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), static state => state is { Column: "Last_Born_bi", Wrong: 2 });
        _ = await a.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true });
        Assert.Null(shop.Database.Scalar("SELECT \"Last_Born_bi\" FROM \"Guest\" WHERE \"Last_Born_bi\" IS NOT NULL"));
    }

    [Fact]
    public async Task ExecuteUpdate_OfOneOfItsProperties_IsRefusedWithTheWayOut()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, Model);
        await using var db = shop.As("a");
        foreach (var update in new Func<int>[]
        {
            () => db.Set<Guest>().ExecuteUpdate(static s => s.SetProperty(static g => g.Last, "x")),
            () => db.Set<Guest>().ExecuteUpdate(static s => s.SetProperty(static g => g.Born, (DateOnly?)null)),
        })
        {
            Assert.Contains("save", Assert.Throws<EncryptedQueryException>(() => { update(); }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Model_WithOneThatCannotBe_IsRefused()
    {
        Refused(static g => g.HasBlindIndex("x", static x => x.Last, static x => x.City), "City");
        Refused(static g => g.HasBlindIndex("x", static x => x.Last, static x => x.Born).HasNormalisers(BlindIndexNormaliser.CaseInsensitive), "normaliser");
        Refused(static g => g.HasBlindIndex("x", static x => x.Last, static x => x.Born).HasNormalisers(BlindIndexNormaliser.None, BlindIndexNormaliser.Email), "Born");
        Refused(static g => g.HasBlindIndex("x", static x => x.Last, static x => x.Born).HasBits(20).IsUnique(), "unique");
        Refused(static g => g.HasBlindIndex("x", static x => x.Last, static x => x.Last), "twice");
        Refused(
            static g =>
            {
                g.HasBlindIndex("x", static x => x.Last, static x => x.Born);
                g.HasBlindIndex("x", static x => x.Born, static x => x.Last);
            },
            "'x'");
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(static g => g.HasBlindIndex("x", static x => x.Last)).Dispose());

        void Refused(Action<Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Guest>> configure, string because) =>
            Assert.Contains(because, Assert.Throws<EncryptionModelException>(() => Open(configure).Model).Message, StringComparison.Ordinal);

        static AnyContext Open(Action<Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Guest>> configure)
        {
            var context = AnyContext.Open(new TestDatabase(DatabaseKind.Sqlite), TestKeys.InMemory(), m => m.Entity(configure), "a");
            _ = context.Model;
            return context;
        }
    }

    [Fact]
    public void Attribute_WhoseFirstPropertyIsNotThere_IsRefused()
    {
        using var database = new TestDatabase(DatabaseKind.Sqlite);
        using var context = AnyContext.Open(database, TestKeys.InMemory(), static m => m.Entity<Misnamed>(), "a");
        Assert.Contains("misnamed", Assert.Throws<EncryptionModelException>(() => context.Model).Message, StringComparison.Ordinal);
    }

    private static void Model(ModelBuilder model) => Model(model, false);

    private static void Model(ModelBuilder model, bool unique) => model.Entity<Guest>(guest =>
    {
        guest.HasTenant(static g => g.TenantId);
        guest.HasBlindIndex("guest.last-born-floor", static g => g.Last, static g => g.Born, static g => g.Floor).IsUnique(unique);
    });

    private static Guest Row(string? last) => new() { Id = 1, TenantId = "a", Last = last, Born = s_born, Floor = 1 };

    private static Guest Guest(string tenant, string? last, DateOnly? born, int floor) => new() { TenantId = tenant, Last = last, Born = born, Floor = floor };

    [CompositeBlindIndex("misnamed", "Nothing", nameof(Name))]
    private sealed class Misnamed
    {
        public int Id { get; set; }

        [Encrypted]
        public string Name { get; set; } = "";
    }
}
