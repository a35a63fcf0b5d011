namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-19: the check after decryption takes for right what the database found rightly.
public class CheckedRowsTests
{
    public interface INamed
    {
        string Name { get; }
    }

    public class Boat : INamed
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public string Name { get; set; } = "";

        [Encrypted, RangeIndex(From = "0", Width = "10", Buckets = 20)]
        public int Age { get; set; }

        public Berth? Berth { get; set; }

        public int? BerthId { get; set; }
    }

    public class Berth
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public int Number { get; set; }

        [Encrypted, RangeIndex(From = "0", Width = "10", Buckets = 20)]
        public short Depth { get; set; }
    }

    public class Notice : INamed
    {
        public int Id { get; set; }

        public string Name { get; set; } = "";
    }

    public class Ticket
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public string? Code { get; set; }

        [Encrypted]
        public string Cut { get; set; } = "";

        [Encrypted, BlindIndex]
        public decimal Price { get; set; }

        [Encrypted, BlindIndex]
        public DateTime Sold { get; set; }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfNullBehindANavigation_FindsRowsThatHaveNoOther(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, Harbour);
        await using var db = shop.As("a");
        db.AddRange(
            new Boat { Id = 1, Berth = new Berth { Id = 1, Number = 0, Depth = 5 } },
            new Boat { Id = 2 },
            new Boat { Id = 3, Berth = new Berth { Id = 2, Number = 7, Depth = 15 } });
        await db.SaveChangesAsync();
        int? none = null;
        long? wide = null;
        Assert.Equal(2, (await db.Set<Boat>().AsNoTracking().Where(b => b.Berth!.Number == none).ToListAsync()).Single().Id);
        Assert.Equal(2, (await db.Set<Boat>().SingleAsync(b => b.Berth!.Number == wide)).Id);
        Assert.Equal([2], await db.Set<Boat>().Where(b => b.Berth!.Depth == none).Select(static b => b.Id).ToListAsync());
        Assert.Equal([2, 3], await db.Set<Boat>().Where(b => new[] { none, 7 }.Contains(b.Berth!.Number)).OrderBy(static b => b.Id).Select(static b => b.Id).ToListAsync());
        Assert.Equal(1, (await db.Set<Boat>().SingleAsync(static b => b.Berth!.Number == 0)).Id);
    }

    [Fact]
    public async Task Lookup_ThroughAnInterfaceOfTheRows_TakesOneResult()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, Harbour);
        await using var db = shop.As("a");
        db.AddRange(new Boat { Id = 1, Name = "Ada", Age = 3 }, new Boat { Id = 2, Name = "Bea", Age = 44 }, new Notice { Id = 1, Name = "Ada" });
        await db.SaveChangesAsync();
        IQueryable<INamed> equal = db.Set<Boat>().Where(static b => b.Name == "Ada");
        IQueryable<INamed> above = db.Set<Boat>().Where(static b => b.Age > 40);
        IQueryable<INamed> plain = db.Set<Notice>();
        Assert.Equal("Ada", (await equal.FirstAsync()).Name);
        Assert.Equal("Ada", (await equal.SingleOrDefaultAsync(static n => n.Name == "Ada"))!.Name);
        Assert.Equal("Bea", (await above.SingleAsync()).Name);
        Assert.Equal(1, await above.CountAsync(static n => n.Name == "Bea"));
        Assert.Equal(1, await plain.CountAsync(n => n.Name.StartsWith("A")));
        Assert.Same(equal.First(), await db.Set<Boat>().SingleAsync(static b => b.Id == 1));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfAPropertyWhoseConversionMakesValuesEqual_FindsThem(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, static m => m.Entity<Ticket>(static t =>
        {
            t.Property(static x => x.Id).ValueGeneratedNever();
            t.Property(static x => x.Code).HasConversion(static v => v!.ToUpperInvariant(), static v => v);
            t.Property(static x => x.Cut).HasConversion(static v => v.Trim(), static v => v).HasBlindIndex().HasBits(2);
            t.Property(static x => x.Price).HasConversion(static v => decimal.Round(v, 2), static v => v);
            t.Property(static x => x.Sold).HasConversion(static v => v.Date, static v => v);
        }));
        await using var db = shop.As("a");
        var noon = new DateTime(2024, 5, 6, 12, 0, 0, DateTimeKind.Unspecified);
        db.AddRange(Enumerable.Range(0, 20).Select(i => new Ticket { Id = i, Code = i == 3 ? null : $"c{i % 5}", Cut = $" {i % 5}", Price = (i % 5) + 0.001m, Sold = noon.AddDays(i % 5) }));
        await db.SaveChangesAsync();
        Assert.Equal([2, 7, 12, 17], await IdsAsync(db.Set<Ticket>().Where(static t => t.Code == "c2")));
        Assert.Equal([2, 7, 12, 17], await IdsAsync(db.Set<Ticket>().Where(static t => t.Cut == "2  " && t.Code!.Equals("c2"))));
        Assert.Equal([2, 7, 12, 17], await IdsAsync(db.Set<Ticket>().Where(static t => t.Price == 2.003m)));
        Assert.Equal([2, 7, 12, 17], await IdsAsync(db.Set<Ticket>().Where(t => t.Sold == noon.AddDays(2).AddHours(3))));
        Assert.Equal([2, 3, 7, 12, 17], await IdsAsync(db.Set<Ticket>().Where(static t => new[] { "c2", "none", null }.Contains(t.Code))));
        Assert.Equal(4, await db.Set<Ticket>().CountAsync(static t => t.Cut == "\t2"));
        Assert.Equal(2, (await db.Set<Ticket>().OrderBy(static t => t.Id).FirstAsync(static t => t.Code == "c2")).Id);
        Assert.Empty(await IdsAsync(db.Set<Ticket>().Where(static t => t.Cut == "9")));
        shop.Database.Execute("UPDATE \"Ticket\" SET \"Code_bi\" = (SELECT t.\"Code_bi\" FROM \"Ticket\" t WHERE t.\"Id\" = 1) WHERE \"Id\" = 2");
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => IdsAsync(db.Set<Ticket>().Where(static t => t.Code == "c1")));
    }

    private static async Task<List<int>> IdsAsync(IQueryable<Ticket> tickets) => [.. (await tickets.AsNoTracking().ToListAsync()).Select(static t => t.Id).Order()];

    private static void Harbour(ModelBuilder m)
    {
        m.Entity<Boat>().Property(static b => b.Id).ValueGeneratedNever();
        m.Entity<Berth>().Property(static b => b.Id).ValueGeneratedNever();
        m.Entity<Notice>();
    }
}
