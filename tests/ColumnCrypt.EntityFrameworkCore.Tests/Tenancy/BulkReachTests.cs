namespace ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;

public interface ISecret
{
    string Secret { get; set; }
}

public abstract class SecretBase
{
    public int Id { get; set; }

    public abstract string Text { get; set; }
}

public class Parcel
{
    [Encrypted]
    public string Content { get; set; } = "";

    public int Weight { get; set; }
}

public class Shelf : SecretBase, ISecret
{
    public string TenantId { get; set; } = "";

    [Encrypted]
    public override string Text { get; set; } = "";

    [Encrypted]
    public string Secret { get; set; } = "";

    public Parcel Parcel { get; set; } = new();
}

public class Box
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    public Parcel? Parcel { get; set; }

    public List<Slip> Slips { get; set; } = [];
}

public class Slip
{
    public int Id { get; set; }

    [Encrypted]
    public string Words { get; set; } = "";

    public Parcel? Inner { get; set; }
}

// Must hold 1
public class BulkReachTests
{
    private static void Shelves(ModelBuilder model) => model.Entity<Shelf>(static shelf =>
    {
        shelf.ComplexProperty(static s => s.Parcel);
        shelf.HasTenant(static s => s.TenantId);
    });

    private static void Boxes(ModelBuilder model) => model.Entity<Box>(static box =>
    {
        box.OwnsOne(static b => b.Parcel);
        box.OwnsMany(static b => b.Slips, static s => s.OwnsOne(static x => x.Inner, static i => i.Property(static c => c.Content).IsEncrypted("slip.inner")));
        box.HasTenant(static b => b.TenantId);
    });

    private static void Bags(ModelBuilder model) => model.SharedTypeEntity<Dictionary<string, object>>("Bag", static bag =>
    {
        bag.IndexerProperty<int>("Id");
        bag.IndexerProperty<string>("TenantId");
        bag.IndexerProperty<string>("Secret").IsEncrypted("bag.secret");
    });

    public static TheoryData<string, Func<IQueryable<Shelf>, Task<int>>> Reaches() => new()
    {
        { "interface", static rows => OfInterface(rows) },
        { "base", static rows => OfBase(rows) },
        { "cast", static rows => rows.ExecuteUpdateAsync(static s => s.SetProperty(static x => ((ISecret)x).Secret, "new")) },
        { "covariant", static rows => rows.Cast<ISecret>().ExecuteUpdateAsync(static s => s.SetProperty(static x => x.Secret, "new")) },
        { "covariant interface", static rows => ((IQueryable<ISecret>)rows).ExecuteUpdateAsync(static s => s.SetProperty(static x => x.Secret, "new")) },
        { "complex", static rows => Whole(rows) },
        { "complex computed", static rows => rows.ExecuteUpdateAsync(static s => s.SetProperty(static x => x.Parcel, static x => new Parcel { Content = "new", Weight = 2 })) },
    };

    [Theory]
    [MemberData(nameof(Reaches))]
    public async Task BulkUpdate_HoweverThePropertyIsReached_KeepsToItsTenantOrIsRefused(string how, Func<IQueryable<Shelf>, Task<int>> update)
    {
        Assert.NotEmpty(how);
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = AnyContext.Open(database, keys, Shelves, tenant);
            await db.Database.EnsureCreatedAsync();
            db.Add(new Shelf { TenantId = tenant, Secret = "old", Text = "old", Parcel = new Parcel { Content = "old", Weight = 1 } });
            await db.SaveChangesAsync();
        }

        await using (var db = AnyContext.Open(database, keys, Shelves, "a"))
        {
            try
            {
                Assert.Equal(1, await update(db.Set<Shelf>()));
            }
            catch (EncryptedQueryException)
            {
            }
        }

        await using var other = AnyContext.Open(database, keys, Shelves, "b");
        var row = await other.Set<Shelf>().SingleAsync(static s => s.TenantId == "b");
        Assert.Equal(("old", "old", "old", 1), (row.Secret, row.Text, row.Parcel.Content, row.Parcel.Weight));
    }

    [Fact]
    public async Task BulkUpdate_OfAnIndexerProperty_IsRefusedForSeveralTenants()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, Bags, "a");
        await db.Database.EnsureCreatedAsync();
        var bags = db.Set<Dictionary<string, object>>("Bag");
        bags.Add(new Dictionary<string, object> { ["TenantId"] = "a", ["Secret"] = "canary" });
        await db.SaveChangesAsync();
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => bags.ExecuteUpdateAsync(static s => s.SetProperty(static x => x["Secret"], "canary")));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => bags.ExecuteUpdateAsync(static s => s.SetProperty(static x => EF.Property<string>(x, "Secret"), "canary")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Owned_OfAnotherTenantsOwner_IsRefusedAtSave(bool one)
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using (var db = AnyContext.Open(database, keys, Boxes, "b"))
        {
            await db.Database.EnsureCreatedAsync();
            db.Add(new Box { TenantId = "b" });
            await db.SaveChangesAsync();
        }

        await using var wrong = AnyContext.Open(database, keys, Boxes, "a");
        var box = await wrong.Set<Box>().SingleAsync();
        if (one)
        {
            box.Parcel = new Parcel { Content = "x" };
        }
        else
        {
            box.Slips.Add(new Slip { Id = 1, Words = "x" });
        }

        await Assert.ThrowsAsync<TenantMismatchException>(() => wrong.SaveChangesAsync());
    }

    [Fact]
    public async Task Owned_OfTheContextsTenant_IsSavedAtEveryDepth()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, Boxes, "a");
        await db.Database.EnsureCreatedAsync();
        db.AddRange(Enumerable.Range(1, 3).Select(static i => new Box { TenantId = "a", Slips = [new Slip { Id = 1, Words = "canary 1" }] }));
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        var box = await db.Set<Box>().OrderBy(static b => b.Id).LastAsync();
        box.Slips[0].Inner = new Parcel { Content = "canary 2" };
        box.Slips.Add(new Slip { Id = 2, Words = "canary 3", Inner = new Parcel { Content = "canary 4" } });
        await db.SaveChangesAsync();
        box.TenantId = "b";
        box.Slips[1].Inner!.Content = "canary 5";
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        db.ChangeTracker.Clear();
        var slips = (await db.Set<Box>().OrderBy(static b => b.Id).LastAsync()).Slips;
        Assert.Equal(("canary 2", "canary 3", "canary 4"), (slips[0].Inner!.Content, slips[1].Words, slips[1].Inner!.Content));
    }

    private static Task<int> OfInterface<T>(IQueryable<T> rows)
        where T : class, ISecret => rows.ExecuteUpdateAsync(static s => s.SetProperty(static x => x.Secret, "new"));

    private static Task<int> OfBase<T>(IQueryable<T> rows)
        where T : SecretBase => rows.ExecuteUpdateAsync(static s => s.SetProperty(static x => x.Text, "new"));

    private static Task<int> Whole(IQueryable<Shelf> rows)
    {
        var parcel = new Parcel { Content = "new", Weight = 2 };
        return rows.ExecuteUpdateAsync(s => s.SetProperty(static x => x.Parcel, parcel));
    }
}
