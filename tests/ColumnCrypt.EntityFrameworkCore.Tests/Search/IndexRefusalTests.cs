namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class IndexRefusalTests
{
    public enum Colour
    {
        Red,
        Blue,
    }

    public sealed class Code(string text)
    {
        public string Text => text;
    }

    public class Badge
    {
        public int Id { get; set; }

        [Encrypted]
        public Code? Code { get; set; }
    }

    public class Thing
    {
        public int Id { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";

        [Encrypted]
        public bool Flag { get; set; }

        [Encrypted]
        public Colour? Colour { get; set; }

        [Encrypted]
        public int Number { get; set; }

        [Encrypted]
        public double? Real { get; set; }

        [Encrypted]
        public Uri? Address { get; set; }

        [Encrypted]
        public List<string> Tags { get; set; } = [];
    }

    public class Changing
    {
        public int Id { get; set; }

        [BlindIndex(Version = 2), BlindIndex(Version = 2, Normaliser = BlindIndexNormaliser.Email)]
        public string Name { get; set; } = "";
    }

    public class Ranged
    {
        public int Id { get; set; }

        [Encrypted]
        public byte Small { get; set; }

        [Encrypted, RangeIndex(From = "yesterday", Width = "7", Buckets = 10)]
        public DateOnly Day { get; set; }

        [Encrypted, RangeIndex]
        public int Number { get; set; }

        [Encrypted, RangeIndex(From = "0", Width = "1", Buckets = 10), RangeIndex(From = "0", Width = "2", Buckets = 10)]
        public int Twice { get; set; }

        [RangeIndex(From = "0", Width = "1", Buckets = 10)]
        public int Plain { get; set; }
    }

    public class Part
    {
        [Encrypted, BlindIndex]
        public string Secret { get; set; } = "";
    }

    public class Whole
    {
        public int Id { get; set; }

        public Part Part { get; set; } = new();
    }

    public static TheoryData<string, Action<ModelBuilder>> Impossible() => new()
    {
        { "unique and keeps 24 bits", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex().IsUnique().HasBits(24) },
        { "0 bits", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex().HasBits(0) },
        { "version 0", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex().HasVersion(0) },
        { "names the normaliser 'CI'", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex().HasNormaliser("CI") },
        { "frequencies of its index", static m => m.Entity<Thing>().Property(static t => t.Flag).HasBlindIndex() },
        { "frequencies of its index", static m => m.Entity<Thing>().Property(static t => t.Colour).HasBlindIndex() },
        { "last four characters", static m => { m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(); m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.LastFour); } },
        { "no canonical encoding", static m => m.Entity<Thing>().Property(static t => t.Tags).HasBlindIndex() },
        { "does not fit a Int32", static m => m.Entity<Thing>().Property(static t => t.Number).HasBlindIndex().HasNormaliser(BlindIndexNormaliser.Digits) },
        { "does not fit a String", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.Year) },
        { "NaN equals nothing", static m => m.Entity<Thing>().Property(static t => t.Real).HasBlindIndex() },
        { "case of the host", static m => m.Entity<Thing>().Property(static t => t.Address).HasBlindIndex() },
        { "two of which are never equal", static m => m.Entity<Badge>().Property(static b => b.Code).HasConversion(static c => c!.Text, static t => new Code(t)).HasBlindIndex() },
        { "unique and of a part", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.LastFour).IsUnique() },
        { "there is one. Rename", static m => { m.Entity<Thing>().Property<string>("Text_bi"); m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(); } },
        { "Version = 3", static m => m.Entity<Changing>().Property(static c => c.Name).IsEncrypted() },
        { "prefix:2 and prefix:3 and version 1", static m => { m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.Prefix, 2); m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.Prefix, 3); } },
        { "no other version to ask", static m => m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex().IsRetiring() },
        { "is a String: numbers, dates and times", static m => m.Entity<Thing>().Property(static t => t.Text).HasRangeIndex(0, 1, 10) },
        { "is a Boolean: numbers, dates and times", static m => m.Entity<Thing>().Property(static t => t.Flag).HasRangeIndex(0, 1, 2).AllowSmallDomain("a test") },
        { "frequencies of its index", static m => m.Entity<Thing>().Property(static t => t.Colour).HasRangeIndex(0, 1, 2) },
        { "NaN equals nothing", static m => m.Entity<Thing>().Property(static t => t.Real).HasRangeIndex(0, 1, 10) },
        { "frequencies of its index", static m => m.Entity<Ranged>().Property(static r => r.Small).HasRangeIndex(0, 1, 10) },
        { "the buckets '0':'0':10 (from, width, number)", static m => m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 0, 10) },
        { "2 to 4,096 Buckets", static m => m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 1) },
        { "2 to 4,096 Buckets", static m => m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 4097) },
        { "the buckets 'yesterday':'7':10", static m => m.Entity<Ranged>() },
        { "the buckets '':'':0", static m => m.Entity<Ranged>() },
        { "Drop one, or, to change the index, give the new one a version of its own: Version = 2", static m => m.Entity<Ranged>() },
        { "Plain declares a blind index and is not encrypted. Add [Encrypted], or remove [RangeIndex]", static m => m.Entity<Ranged>() },
        { "conversion of its own", static m => { m.Entity<Thing>().Property(static t => t.Number).HasConversion<long>(); m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 10); } },
        { "0 bits", static m => m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 10).HasBits(0) },
        { "no other version to ask", static m => m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 10).IsRetiring() },
        { "Number_range, and there is one", static m => { m.Entity<Thing>().Property<int>("Number_range"); m.Entity<Thing>().Property(static t => t.Number).HasRangeIndex(0, 1, 10); } },
        { "part of a complex type", static m => m.Entity<Whole>().ComplexProperty(static w => w.Part) },
    };

    [Theory, MemberData(nameof(Impossible))]
    public async Task Model_WithAnIndexThatCannotBe_IsRefused(string why, Action<ModelBuilder> build)
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, build);
        Assert.Contains(why, Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_WithAReason_MayIndexASmallDomain()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m => m.Entity<Thing>().Property(static t => t.Colour).HasBlindIndex().AllowSmallDomain("shown in the shop window"));
        await using var db = shop.As("a");
        db.AddRange(new Thing { Colour = Colour.Blue }, new Thing { Colour = Colour.Red }, new Thing());
        await db.SaveChangesAsync();
        Assert.Equal(1, await db.Set<Thing>().CountAsync(static t => t.Colour == Colour.Blue));
        Assert.Equal(2, await db.Set<Thing>().CountAsync(static t => t.Colour != Colour.Blue));
    }

    [Fact]
    public async Task Model_WithAnOwnedType_IndexesItsProperties()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m => m.Entity<Whole>().OwnsOne(static w => w.Part));
        await using var db = shop.As("a");
        db.AddRange(new Whole { Part = new Part { Secret = "x" } }, new Whole { Part = new Part { Secret = "y" } });
        await db.SaveChangesAsync();
        Assert.Equal(1, await db.Set<Whole>().CountAsync(static w => w.Part.Secret == "x"));
        var column = Assert.Single(db.Database.GetEncryptedColumns());
        Assert.Equal("Part_Secret_bi", column.Index);
    }

    [Fact]
    public async Task Lookup_ThroughAnIndexThatFindsOtherRowsToo_IsRefusedWithTheWayOut()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m => m.Entity<Thing>(static t =>
        {
            t.Property(static x => x.Text).HasBlindIndex().HasNormaliser(BlindIndexNormaliser.CaseInsensitive);
            t.Property(static x => x.Number).HasBlindIndex().HasBits(1);
        }));
        await using var db = shop.As("a");
        db.AddRange(Enumerable.Range(0, 20).Select(static i => new Thing { Text = i % 2 == 0 ? "Zoe" : "ZOE", Number = i }));
        await db.SaveChangesAsync();
        string text = "zoe";
        int number = 3;
        foreach (var query in new Func<object>[]
        {
            () => db.Set<Thing>().Where(t => t.Text != text).ToList(),
            () => db.Set<Thing>().Count(t => t.Number == number || t.Id == 1),
            () => db.Set<Thing>().Where(t => t.Number == number).OrderBy(t => t.Id).Skip(1).ToList(),
            () => db.Set<Thing>().Where(t => t.Number == number).Max(t => t.Id),
            () => db.Set<Thing>().Where(t => t.Number == number).Select(t => t.Id).Distinct().ToList(),
            () => db.Set<Thing>().Where(t => db.Set<Thing>().Any(other => other.Number == number && other.Id == t.Id)).ToList(),
            () => db.Set<Thing>().Where(t => t.Number == number).ExecuteDelete(),
        })
        {
            var error = Assert.Throws<EncryptedQueryException>(query);
            Assert.Contains("EF.Functions.IndexMatches", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await db.Set<Thing>().Where(t => t.Text == text).ToListAsync());
        Assert.Equal(2, await db.Set<Thing>().CountAsync(t => new[] { 3, 4 }.Contains(t.Number)));
        Assert.Equal(20, await db.Set<Thing>().CountAsync(t => EF.Functions.IndexMatches(t.Text, text)));
        var found = await db.Set<Thing>().Where(t => EF.Functions.IndexMatches(t.Number, number)).ToListAsync();
        Assert.InRange(found.Count, 2, 19);
        Assert.Single(found.AsEnumerable(), t => t.Number == number);
    }
}
