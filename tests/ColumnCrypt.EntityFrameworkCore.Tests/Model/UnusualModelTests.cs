namespace ColumnCrypt.EntityFrameworkCore.Tests.Model;

// Must hold 1
public class UnusualModelTests
{
    public abstract class Creature
    {
        public int Id { get; set; }

        [Encrypted]
        public virtual string Name { get; set; } = "";
    }

    public class Hound : Creature
    {
        public override string Name { get => base.Name; set => base.Name = value; }

        [Encrypted]
        public string? Trick { get; set; }
    }

    public class Puss : Creature
    {
        [Encrypted]
        public string? Toy { get; set; }
    }

    public struct Pack
    {
        public List<int> Items { get; set; }
    }

    public class Holder
    {
        public int Id { get; set; }

        [Encrypted]
        public Pack Pack { get; set; }

        [Encrypted]
        public Pack? Spare { get; set; }
    }

    public class Closed
    {
        [Encrypted]
        private readonly string _hidden;

        public Closed(int id, string ctor, string hidden)
        {
            Id = id;
            Ctor = ctor;
            _hidden = hidden;
        }

        private Closed(int id, string ctor)
        {
            Id = id;
            Ctor = ctor;
            _hidden = "";
        }

        public int Id { get; private set; }

        [Encrypted]
        public string Ctor { get; }

        [Encrypted]
        public string Init { get; init; } = "";

        [Encrypted]
        public string Private { get; private set; } = "canary private";

        public string Hidden() => _hidden;
    }

    private static void Creatures(ModelBuilder model)
    {
        model.Entity<Creature>();
        model.Entity<Hound>();
        model.Entity<Puss>();
    }

    private static void SharedOfDerived(ModelBuilder model)
    {
        model.Entity<Creature>();
        model.Entity<Hound>().HasTenant("shared");
        model.Entity<Puss>();
    }

    private static void Holders(ModelBuilder model) => model.Entity<Holder>();

    private static void CloseOnes(ModelBuilder model) => model.Entity<Closed>(static c => c.Property<string>("Shadow").IsEncrypted("closed.shadow"));

    [Fact]
    public async Task OverriddenProperty_InAHierarchy_IsEncrypted()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, Creatures);
        await db.Database.EnsureCreatedAsync();
        db.AddRange(new Hound { Name = "canary 1", Trick = "canary 2" }, new Puss { Name = "canary 3", Toy = "canary 4" });
        await db.SaveChangesAsync();
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        db.ChangeTracker.Clear();
        var rows = await db.Set<Creature>().OrderBy(static c => c.Id).ToListAsync();
        Assert.Equal("canary 1,canary 3", string.Join(',', rows.Select(static c => c.Name)));
        Assert.Equal(2, await db.Set<Hound>().Select(static d => d.Name).Concat(db.Set<Puss>().Select(static c => c.Name)).CountAsync());
        Assert.Equal(["canary 1", "canary 3"], (await db.Set<Hound>().Select(static d => d.Name).Concat(db.Set<Puss>().Select(static c => c.Name)).ToListAsync()).Order());
    }

    [Fact]
    public async Task ConstantTenant_OfADerivedType_IsRefused()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, SharedOfDerived);
        Assert.Contains("Hound", Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StructWithAList_WhenChangedInPlace_IsSaved()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, Holders);
        await db.Database.EnsureCreatedAsync();
        var holder = new Holder { Pack = new Pack { Items = [1] } };
        db.Add(holder);
        await db.SaveChangesAsync();
        Assert.Equal(0, await db.SaveChangesAsync());
        holder.Pack.Items.Add(2);
        Assert.Equal(1, await db.SaveChangesAsync());
        holder.Spare = new Pack { Items = [3] };
        Assert.Equal(1, await db.SaveChangesAsync());
        holder.Spare.Value.Items.Add(4);
        Assert.Equal(1, await db.SaveChangesAsync());
        db.ChangeTracker.Clear();
        var read = await db.Set<Holder>().SingleAsync();
        Assert.Equal([1, 2], read.Pack.Items);
        Assert.Equal([3, 4], read.Spare!.Value.Items);
        Assert.Equal(0, await db.SaveChangesAsync());
    }

    [Fact]
    public async Task MembersOfEveryAccess_AreEncrypted()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, CloseOnes);
        await db.Database.EnsureCreatedAsync();
        var one = new Closed(0, "canary ctor", "canary hidden") { Init = "canary init" };
        db.Add(one).Property("Shadow").CurrentValue = "canary shadow";
        await db.SaveChangesAsync();
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        db.ChangeTracker.Clear();
        var read = await db.Set<Closed>().SingleAsync();
        Assert.Equal(("canary ctor", "canary hidden", "canary init", "canary private", "canary shadow"), (read.Ctor, read.Hidden(), read.Init, read.Private, db.Entry(read).Property("Shadow").CurrentValue));
        Assert.Equal("canary shadow!", await db.Set<Closed>().Select(static c => EF.Property<string>(c, "Shadow") + "!").SingleAsync());
        Assert.Equal("canary hidden!", await db.Set<Closed>().Select(static c => EF.Property<string>(c, "_hidden") + "!").SingleAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Closed>().Where(static c => EF.Property<string>(c, "Shadow") == "x").ToListAsync());
    }
}
