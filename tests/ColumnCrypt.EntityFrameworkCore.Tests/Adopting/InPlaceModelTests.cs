using ColumnCrypt.EntityFrameworkCore.Tests.Support;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Adoption in place in parts of entities and in hierarchies; beside other columns of the same name; and read across tenants.</summary>
public class InPlaceModelTests
{
    public interface IPaper
    {
        string Text { get; }
    }

    public class Paper : IPaper
    {
        public int Id { get; set; }

        public string TenantId { get; set; } = "north";

        public string Text { get; set; } = "";

        public Stamp Stamp { get; set; } = new();

        public Place Place { get; set; } = new();
    }

    public class Letter : Paper
    {
        public string? Sender { get; set; }
    }

    public class Note : IPaper
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";
    }

    public class Stamp
    {
        public string Country { get; set; } = "";
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task PartsAndHierarchies_AreReadWrittenAndAsked(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Adopting);
        firm.Database.Execute("INSERT INTO papers (tenant_id, kind, text, country, street, sender) VALUES ('north', 'Letter', 'old', 'old country', 'old street', 'old sender')");
        await using (var db = firm.Adopting())
        {
            db.Add(new Letter { Text = "new", Sender = "new sender", Stamp = { Country = "new country" }, Place = { Street = "new street" } });
            db.Add(new Paper { Text = "paper" });
            await db.SaveChangesAsync();
            Assert.Equal(2L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM papers WHERE text LIKE 'cc1:%' AND country LIKE 'cc1:%' AND street LIKE 'cc1:%'"), null));
        }

        await using (var db = firm.Adopting())
        {
            var papers = db.Set<Paper>();
            foreach (string age in (string[])["old", "new"])
            {
                string country = $"{age} country", street = $"{age} street", sender = $"{age} sender";
                var letter = await db.Set<Letter>().SingleAsync(l => l.Text == age);
                Assert.Equal((age, country, street, sender), (letter.Text, letter.Stamp.Country, letter.Place.Street, letter.Sender));
                Assert.Equal(letter.Id, (await papers.OfType<Letter>().SingleAsync(l => l.Sender == sender)).Id);
                Assert.Equal(letter.Id, (await papers.SingleAsync(p => p.Place.Street == street)).Id);
                Assert.Equal([country], await papers.Where(p => p.Text == age).Select(p => p.Stamp.Country).ToListAsync());
            }

            var old = await papers.SingleAsync(p => p.Text == "old");
            old.Stamp.Country = "changed";
            await db.SaveChangesAsync();
            Assert.Equal(1L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM papers WHERE text = 'old' AND country LIKE 'cc1:%' AND street = 'old street'"), null));
            Assert.Equal("changed", (await papers.AsNoTracking().SingleAsync(p => p.Text == "old")).Stamp.Country);
        }
    }

    [Fact]
    public async Task InterfaceOfAnAdoptedAndAnotherProperty_WhileRowsAreMixed_IsRefused_AndEachTypeIsAsked()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, Adopting);
        await using var db = firm.Adopting();
        db.AddRange(new Note { Text = "same" }, new Paper { Text = "same" });
        await db.SaveChangesAsync();
        Assert.Equal(1, await CountAsync<Note>());
        Assert.Equal(1, await CountAsync<Paper>());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => ((IQueryable<IPaper>)db.Set<Paper>()).CountAsync(p => p.Text == "same"));

        Task<int> CountAsync<T>()
            where T : class, IPaper => db.Set<T>().CountAsync(p => p.Text == "same");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RowsOfSeveralTenants_AreReadAcrossThem(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Adopting);
        foreach (string tenant in (string[])["north", "south"])
        {
            await using var db = AnyContext.Open(firm.Database, firm.Keys, Adopting, tenant);
            db.Add(new Paper { TenantId = tenant, Text = tenant });
            await db.SaveChangesAsync();
        }

        firm.Database.Execute("INSERT INTO papers (tenant_id, kind, text, country, street) VALUES ('south', 'Paper', 'old', '', '')");
        await using var all = AnyContext.Open(firm.Database, firm.Keys, Adopting, "north");
        using (all.AcrossTenants("a test", ["north", "south"]))
        {
            Assert.Equal(["north", "old", "south"], (await all.Set<Paper>().ToListAsync()).Select(static p => p.Text).Order(StringComparer.Ordinal));
            (await all.Set<Paper>().OrderBy(p => p.Id).LastAsync()).Text = "moved";
            await all.SaveChangesAsync();
        }

        await using var south = AnyContext.Open(firm.Database, firm.Keys, Adopting, "south");
        Assert.Equal("moved", (await south.Set<Paper>().SingleAsync(p => p.Text == "moved")).Text);
        Assert.Null(firm.Database.Scalar("SELECT text FROM papers WHERE text = 'moved'"));
    }

    private static void Adopting(ModelBuilder model)
    {
        var paper = model.Entity<Paper>().ToTable("papers").HasTenant(static p => p.TenantId);
        paper.HasDiscriminator<string>("kind");
        paper.Property<string>("kind").HasColumnName("kind");
        paper.Property(static p => p.Id).HasColumnName("id");
        paper.Property(static p => p.TenantId).HasColumnName("tenant_id");
        paper.Property(static p => p.Text).HasColumnName("text").IsEncrypted("paper.text").AdoptInPlace(Versions.Until).HasBlindIndex();
        paper.ComplexProperty(static p => p.Stamp).Property(static s => s.Country).HasColumnName("country").IsEncrypted("paper.country").AdoptInPlace(Versions.Until);
        paper.OwnsOne(
            static p => p.Place,
            static place => place.Property(static p => p.Street).HasColumnName("street").IsEncrypted("paper.street").AdoptInPlace(Versions.Until).HasBlindIndex());
        model.Entity<Letter>().Property(static l => l.Sender).HasColumnName("sender").IsEncrypted("letter.sender").AdoptInPlace(Versions.Until).HasBlindIndex();
        model.Entity<Note>().Property(static n => n.Text).IsEncrypted("note.text").HasBlindIndex();
        model.Entity<Note>().HasTenant("shared");
    }
}
