using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>What cannot be adopted is refused with what to do instead.</summary>
public class AdoptionRefusalTests
{
    public class Card
    {
        public int Id { get; set; }

        public string Secret { get; set; } = "";

        public string? SecretPlaintext { get; set; }

        public string Other { get; set; } = "";
    }

    public abstract class Shape
    {
        public int Id { get; set; }

        public string Secret { get; set; } = "";
    }

    public class Circle : Shape;

    public class Owner
    {
        public int Id { get; set; }

        public Part? Part { get; set; }
    }

    public class Part
    {
        public string Text { get; set; } = "";

        public string? Maybe { get; set; }
    }

    public class Square : Shape;

    [Fact]
    public void Model_ThatCannotBeAdopted_IsRefused()
    {
        Refused(static m => m.Entity<Card>().Property(c => c.Other).IsEncrypted().AdoptFrom("other", Versions.Until), "HasColumnName(\"other_encrypted\")");
        Refused(static m => m.Entity<Card>().Property(c => c.Other).HasColumnName("o").AdoptFrom("other", Versions.Until), "is to be adopted and is not encrypted");
        Refused(static m => m.Entity<Card>().Property(c => c.Secret).IsEncrypted().HasColumnName("s").AdoptFrom("secret", Versions.Until), "Card.SecretPlaintext, which there is already");
        Refused(
            static m =>
            {
                m.Entity<Card>().Property(c => c.Other).IsEncrypted().HasColumnName("o").AdoptFrom("other", Versions.Until).HasBlindIndex();
                m.Entity<Card>().HasQueryFilter(c => c.Other == "x");
            },
            "The query filter of");
        Refused(
            static m =>
            {
                m.Entity<Shape>().UseTpcMappingStrategy().Property(s => s.Secret).IsEncrypted().HasColumnName("s").AdoptFrom("secret", Versions.Until);
                m.Entity<Circle>();
                m.Entity<Square>();
            },
            "is in several tables");

        // EF would take the empty value that an old version leaves for a part that is there.
        Refused(
            static m => m.Entity<Owner>().OwnsOne(o => o.Part, static part => part.Property(p => p.Text).IsEncrypted().HasColumnName("t").AdoptFrom("text", Versions.Until)),
            "shares a table and may be missing");
        Refused(
            static m => m.Entity<Owner>().OwnsOne(o => o.Part, static part =>
            {
                part.Property(p => p.Text).IsRequired(false);
                part.Property(p => p.Maybe).IsEncrypted().HasColumnName("m").AdoptFrom("maybe", Versions.Until);
            }),
            "shares a table and may be missing");
    }

    [Fact]
    public void PartThatMayBeMissing_WhichAnotherPropertyTells_MayHaveAnAdoptedOne()
    {
        using var database = new TestDatabase();
        using var keys = TestKeys.InMemory();
        using var db = AnyContext.Open(database, keys, static m => m.Entity<Owner>().OwnsOne(o => o.Part, static part =>
            part.Property(p => p.Maybe).IsEncrypted().HasColumnName("m").AdoptFrom("maybe", Versions.Until)));
        db.Database.EnsureCreated();
        db.Add(new Owner());
        db.Add(new Owner { Part = new() { Text = "there" } });
        db.SaveChanges();
        db.ChangeTracker.Clear();
        Assert.Equal([null, "there"], db.Set<Owner>().OrderBy(o => o.Id).AsEnumerable().Select(o => o.Part?.Text));
        Assert.Equal(1, db.Set<Owner>().Count(o => o.Part == null));
    }

    [Fact]
    public async Task Rows_OfWhichNothingSaysTheTenant_AreNotRegistered()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static m => m.Entity<Card>().Property(c => c.Other).IsEncrypted().HasColumnName("o").AdoptFrom("other", Versions.Until), "acme");
        await db.Database.EnsureCreatedAsync();
        db.Add(new Card { Other = "x" });
        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync());
        Assert.Contains("HasTenant(x => x.TenantId)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IndexFunctionsAndCiphers_UntilTheColumnAllowsThem_AreRefused()
    {
        using var firm = new Firm(DatabaseKind.Sqlite);
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Name = "first", Ssn = "000-1" });
            await db.SaveChangesAsync();
            Assert.Contains(
                "not filled yet",
                (await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Employee>().Where(e => EF.Functions.IndexMatches(e.Ssn, "000-1")).ToListAsync())).Message,
                StringComparison.Ordinal);
            await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync((Employee e) => e.Ssn, values: 1));
        }

        await firm.MoveAsync(AdoptionState.Verified);
        await using (var db = firm.Adopting())
        {
            Assert.Equal(1, await db.Set<Employee>().CountAsync(e => EF.Functions.IndexMatches(e.Ssn, "000-1")));
        }

        await firm.MoveAsync(AdoptionState.Encrypted);
        await using (var db = firm.Adopting())
        {
            using var cipher = await db.GetCipherAsync((Employee e) => e.Ssn, values: 1);
            Assert.Equal("000-1", cipher.Decrypt(cipher.Encrypt("000-1")));
        }
    }

    [Fact]
    public async Task BlindIndexes_OfRowsThatAreNotEncryptedYet_AreNotMissing()
    {
        using var firm = new Firm(DatabaseKind.Sqlite);
        await using (var old = firm.Old())
        {
            old.Add(new Employee { Name = "old", Ssn = "000-1" });
            await old.SaveChangesAsync();
        }

        await using var db = firm.Adopting();
        db.Add(new Employee { Name = "new", Ssn = "000-2" });
        await db.SaveChangesAsync();
        Assert.All(await db.Database.VerifyBlindIndexesAsync(), static state => Assert.True(state.IsComplete, state.ToString()));
    }

    private static void Refused(Action<ModelBuilder> build, string why)
    {
        using var database = new TestDatabase();
        using var keys = TestKeys.InMemory();
        using var db = AnyContext.Open(database, keys, build);
        Assert.Contains(why, Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }
}
