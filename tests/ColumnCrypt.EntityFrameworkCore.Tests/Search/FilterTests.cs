namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class FilterTests
{
    private static readonly string s_hidden = "x@x.org";

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task QueryFilter_OnAnIndexedProperty_LooksIntoTheIndexForEachContext(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var db = Open(database, keys, "a", "Ann"))
        {
            await db.Database.EnsureCreatedAsync();
        }

        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = Open(database, keys, tenant, "Ann");
            int first = tenant == "a" ? 1 : 11;
            db.AddRange(
                new Note { Id = first, Owner = "Ann", Text = "one" },
                new Note { Id = first + 1, Owner = "Ann", Text = "two", Address = s_hidden },
                new Note { Id = first + 2, Owner = "Bob", Text = "three" },
                new Note { Id = first + 3, Owner = null, Text = "four", Address = "y@x.org" },
                new Note { Id = first + 4, Owner = "Ann", Text = "hidden" });
            await db.SaveChangesAsync();
        }

        // Null is no tenant's: like every other comparison with null, this one needs a filter by tenant beside it.
        foreach (var (tenant, owner, expected) in new[] { ("a", "Ann", "1"), ("b", "Bob", "13"), ("b", "Ann", "11"), ("a", "nobody", ""), ("a", null, "4,14") })
        {
            await using var db = Open(database, keys, tenant, owner);
            Assert.Equal(expected, string.Join(",", await db.Notes.Select(static n => n.Id).ToListAsync()));
            Assert.Equal(expected.Length > 0, await db.Notes.AnyAsync());
        }
    }

    [Fact]
    public async Task QueryFilter_ForADomain_FindsItsAddresses()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            m.Entity<Note>().Property(static n => n.Address).HasBlindIndex(BlindIndexPart.Domain);
            m.Entity<Note>().HasQueryFilter(static n => EF.Functions.HasDomain(n.Address, "x.org"));
        });
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = shop.As(tenant);
            db.AddRange(new Note { Text = tenant, Address = "ann@x.org" }, new Note { Text = "other", Address = "bob@y.org" }, new Note { Text = "none" });
            await db.SaveChangesAsync();
            Assert.Equal([tenant], await db.Set<Note>().Select(static n => n.Text).ToListAsync());
        }
    }

    [Fact]
    public async Task QueryFilter_ThatAnIndexCannotAnswer_IsRefusedWithTheModel()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static m =>
        {
            m.Entity<Note>().Property(static n => n.Owner).HasBlindIndex().HasBits(8);
            m.Entity<Note>().HasQueryFilter(static n => n.Owner == s_hidden);
        });
        Assert.Contains("query filter", Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    private static NotesContext Open(TestDatabase database, ColumnCrypt.Configuration.ColumnCryptInstance keys, string tenant, string? owner)
    {
        var options = new DbContextOptionsBuilder<NotesContext>();
        database.Configure(options);
        options.UseColumnCrypt(static c => c.Tenant, keys);
        return new NotesContext(options.Options) { Tenant = tenant, Owner = owner };
    }

    public class Note
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public string? Owner { get; set; }

        [Encrypted, BlindIndex]
        public string? Address { get; set; }

        [Encrypted, BlindIndex]
        public string Text { get; set; } = "";
    }

    public class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
    {
        public string? Tenant { get; set; }

        public string? Owner { get; set; }

        public DbSet<Note> Notes => Set<Note>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Note>().Property(static n => n.Id).ValueGeneratedNever();
            modelBuilder.Entity<Note>().HasQueryFilter(n => n.Owner == Owner && n.Address != s_hidden && n.Text != "hidden");
        }
    }
}
