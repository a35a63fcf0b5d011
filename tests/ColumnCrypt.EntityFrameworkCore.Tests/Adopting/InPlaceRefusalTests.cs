using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>What cannot be adopted in place, and text that is neither plaintext which is allowed nor a value, is refused and stays as it is.</summary>
public class InPlaceRefusalTests
{
    public class Card
    {
        public int Id { get; set; }

        public string Secret { get; set; } = "";

        public Grade Grade { get; set; }

        public int Number { get; set; }

        public byte[] Bytes { get; set; } = [];
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void Model_ThatCannotBeAdoptedInPlace_IsRefused(DatabaseKind kind)
    {
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).AdoptInPlace(Versions.Until), "is to be adopted and is not encrypted. Add IsEncrypted(), or remove AdoptInPlace");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasTextForm(), "has the text form of values and is not encrypted");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Number).IsEncrypted().AdoptInPlace(Versions.Until), "is of the type Int32", "AdoptFrom takes every type");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Bytes).IsEncrypted().AdoptInPlace(Versions.Until), "is of the type Byte[]");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Grade).HasConversion<string>().IsEncrypted().AdoptInPlace(Versions.Until), "is of the type Grade");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasConversion(static s => s.Trim(), static s => s).IsEncrypted().AdoptInPlace(Versions.Until), "a string with a conversion");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnName("s").IsEncrypted().AdoptFrom("secret", Versions.Until).AdoptInPlace(Versions.Until), "from secret and in place");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnName("s").IsEncrypted().HasTextForm().AdoptFrom("secret", Versions.Until), "Remove HasTextForm");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("character(200)").IsEncrypted().AdoptInPlace(Versions.Until), "of the type character(200)", "The types that go are character varying");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("json").IsEncrypted().HasTextForm(), "of the type json");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("varchar(20)").HasMaxLength(20).IsEncrypted().AdoptInPlace(Versions.Until), "(20)", "the text form of 20 characters takes up to 144", "HasColumnType(\"text\")");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("varchar(144)").IsEncrypted().AdoptInPlace(Versions.Until), "HasMaxLength(20) is the longest");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("varchar(20)").IsEncrypted().AdoptInPlace(Versions.Until), "1 characters takes up to 68");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).UseCollation("NOCASE").IsEncrypted().AdoptInPlace(Versions.Until).HasBlindIndex(), "of the collation NOCASE");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).IsConcurrencyToken().IsEncrypted().AdoptInPlace(Versions.Until), "a concurrency token");
        Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).IsEncrypted().AdoptInPlace(Versions.Until).HasTextIndex(words: true), "has a text index");
        Refused(
            kind,
            static m =>
            {
                m.Entity<Card>().Property(c => c.Secret).IsEncrypted().AdoptInPlace(Versions.Until);
                m.Entity<Card>().Property(c => c.Number).IsEncrypted();
                m.Entity<Card>().HasBlindIndex("card.both", c => c.Number, c => c.Secret);
            },
            "part of a composite one");
        Refused(
            kind,
            static m =>
            {
                m.Entity<Card>().HasIndex(c => c.Secret);
                m.Entity<Card>().Property(c => c.Secret).IsEncrypted().AdoptInPlace(Versions.Until);
            },
            "part of an index");
        Refused(
            kind,
            static m =>
            {
                m.Entity<Card>().Property(c => c.Secret).IsEncrypted().AdoptInPlace(Versions.Until).HasBlindIndex();
                m.Entity<Card>().HasQueryFilter(c => c.Secret == "x");
            },
            "The query filter of");
        if (kind == DatabaseKind.PostgreSql)
        {
            Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasMaxLength(11).IsEncrypted().AdoptInPlace(Versions.Until), "of the type character varying(11)", "takes up to 108");
            Refused(kind, static m => m.Entity<Card>().Property(c => c.Secret).HasColumnType("citext").IsEncrypted().AdoptInPlace(Versions.Until), "of the type citext");
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task LongestValue_InAColumnOfTheLengthThatIsAskedFor_Fits(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        string longest = new('\u20ac', 20);
        await using var db = AnyContext.Open(
            database, keys, static m => m.Entity<Card>().Property(c => c.Secret).HasMaxLength(20).HasColumnType("varchar(144)").IsEncrypted("s").HasTextForm());
        await db.Database.EnsureCreatedAsync();
        db.Add(new Card { Secret = longest });
        await db.SaveChangesAsync();
        Assert.Equal(144, ((string)database.Scalar("SELECT \"Secret\" FROM \"Card\"")!).Length);
        Assert.Equal(longest, (await db.Set<Card>().AsNoTracking().SingleAsync()).Secret);
        db.Add(new Card { Secret = longest + "x" });
        Assert.Contains("takes at most 20", (await ErrorOf(() => db.SaveChangesAsync())).Message, StringComparison.Ordinal);
    }

    // SPEC-ADOPT-4
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task TextThatOnlyBeginsAsAValue_IsNeverTakenForOne_NorForPlaintext(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            string otherKey = TextForm.Encode([0xC1, .. new byte[60]]);
            old.AddRange(new Employee { Visits = 1, Ssn = "cc1:mine" }, new Employee { Visits = 2, Ssn = "cc1:" }, new Employee { Visits = 3, Ssn = otherKey });
            await old.SaveChangesAsync();
        }

        await using var db = firm.Adopting();
        foreach (int visits in (int[])[1, 2, 3])
        {
            var error = await Assert.ThrowsAnyAsync<ColumnCryptException>(() => db.Set<Employee>().SingleAsync(e => e.Visits == visits));
            Assert.DoesNotContain("mine", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAnyAsync<ColumnCryptException>(() => db.Set<Employee>().Where(e => e.Visits == visits).Select(e => e.Ssn).ToListAsync());
        }

        string ssn = "cc1:mine";
        Assert.Equal(0, await db.Set<Employee>().CountAsync(e => e.Ssn == ssn));
        Assert.Equal(ssn, firm.Database.Scalar("SELECT ssn FROM employees WHERE visits = 1"));

        // As a value of the application it is one like any other, until plaintext is written.
        db.Add(new Employee { Visits = 4, Ssn = ssn });
        await db.SaveChangesAsync();
        Assert.Equal(ssn, (await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Ssn == ssn)).Ssn);
        await firm.MoveAsync(AdoptionState.Returned);
        await using var back = firm.Adopting();
        back.Add(new Employee { Visits = 5, Ssn = ssn });
        Assert.Contains("could not be told from ciphertext", (await ErrorOf(() => back.SaveChangesAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(ssn, (await back.Set<Employee>().AsNoTracking().SingleAsync(e => e.Ssn == ssn)).Ssn);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Plaintext_OnceTheColumnIsEncrypted_IsADowngrade(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Visits = 1, Ssn = "000-1" });
            await db.SaveChangesAsync();
        }

        await firm.MoveAsync(AdoptionState.Encrypted);
        firm.Database.Execute("INSERT INTO employees (tenant_id, name, ssn, salary, visits) VALUES ('acme', 'late', '000-2', 1, 2)");
        foreach (var version in (Action<ModelBuilder>[])[InPlaceVersions.Adopting, InPlaceVersions.New])
        {
            await using var db = firm.Open(version);
            Assert.Equal("000-1", (await db.Set<Employee>().SingleAsync(e => e.Ssn == "000-1")).Ssn);
            var error = await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Employee>().SingleAsync(e => e.Visits == 2));
            Assert.Contains("plaintext", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("000-2", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Employee>().Select(e => e.Ssn).ToListAsync());
            Assert.Equal(0, await db.Set<Employee>().CountAsync(e => e.Ssn == "000-2"));
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Value_OfAnotherColumnOrTenant_IsRefused(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.AddRange(new Employee { Visits = 1, Ssn = "000-1", Note = "note" }, new Employee { Visits = 2, Ssn = "000-2" });
            await db.SaveChangesAsync();
        }

        firm.Database.Execute("UPDATE employees SET note = ssn WHERE visits = 2");
        await using (var db = firm.Adopting())
        {
            await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Employee>().SingleAsync(e => e.Visits == 2));
        }

        await using var other = AnyContext.Open(firm.Database, firm.Keys, InPlaceVersions.Adopting, "brown");
        other.Add(new Employee { TenantId = "brown", Visits = 3, Ssn = "000-3" });
        await other.SaveChangesAsync();
        await Assert.ThrowsAsync<TenantMismatchException>(() => other.Set<Employee>().SingleAsync(e => e.Visits == 1));
    }

    [Fact]
    public async Task Cipher_OfAColumnThatStaysText_IsRefusedWithTheWayOut()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, InPlaceVersions.Adopting, "acme");
        await using var db = firm.Adopting();
        Assert.Contains("TextForm.Encode", (await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync((Employee e) => e.Ssn))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewVersion_BeforeItIsEncrypted_IsRefusedWhenItWrites()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Ssn = "000-1" });
            await db.SaveChangesAsync();
        }

        await using var next = firm.Open(InPlaceVersions.New);
        next.Add(new Employee { Ssn = "000-2" });
        Assert.Contains("columncrypt adopt", (await Assert.ThrowsAsync<EncryptionModelException>(() => next.SaveChangesAsync())).Message, StringComparison.Ordinal);
    }

    private static async Task<Exception> ErrorOf(Func<Task> action)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(action);
        return error is DbUpdateException { InnerException: { } inner } ? inner : error;
    }

    private static void Refused(DatabaseKind kind, Action<ModelBuilder> build, params string[] parts)
    {
        using var database = new TestDatabase(kind);
        using var keys = TestKeys.InMemory();
        using var db = AnyContext.Open(database, keys, build);
        string message = Assert.Throws<EncryptionModelException>(() => db.Model).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
