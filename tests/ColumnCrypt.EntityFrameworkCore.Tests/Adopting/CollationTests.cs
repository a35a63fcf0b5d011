using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>What a database finds equal in a column of plaintext, and a blind index may not.</summary>
public class CollationTests
{
    private const string Differs = "under which the database may find other plaintext";

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void ColumnThatComparesInexactly_WithAnIndex_IsRefused(DatabaseKind kind)
    {
        Refused(kind, "of the collation NOCASE", static m => Collated(m, "NOCASE"));
        Refused(kind, "of the collation RTRIM", static m => Collated(m, "RTRIM"));
        Refused(kind, "of the collation whatever", static m => Collated(m, "whatever"));
        Refused(kind, "of the type citext", static m => From(m).HasColumnType("citext").HasBlindIndex());
        Refused(kind, "of the collation NOCASE", static m => From(m).UseCollation("NOCASE").HasTextIndex(prefixFrom: 3, prefixTo: 5));
        Refused(kind, "in a column of the collation NOCASE", static m => m.Entity<Employee>().Property(e => e.Ssn).UseCollation("NOCASE").IsEncrypted().AdoptInPlace(Versions.Until).HasBlindIndex());
        Refused(kind, "of the collation NOCASE", static m => From(m).HasColumnType("TEXT COLLATE NOCASE").HasBlindIndex());
        Refused(kind, "of the collation whatever", static m => From(m).HasColumnType("text collate \"public\".\"whatever\"").HasBlindIndex());
        if (kind == DatabaseKind.PostgreSql)
        {
            Refused(kind, "of the type character(20)", static m => From(m).HasColumnType("character(20)").HasBlindIndex());
            Refused(kind, "of the type bpchar", static m => From(m).HasColumnType("bpchar").HasBlindIndex());
            Refused(kind, "of a fixed length", static m => From(m).HasMaxLength(20).IsFixedLength().HasBlindIndex());
            Refused(kind, "of the collation anycase", static m =>
            {
                m.HasCollation("anycase", "und-u-ks-level2", "icu", deterministic: false);
                Collated(m, "anycase");
            });
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, "BINARY")]
    [InlineData(DatabaseKind.Sqlite, "in its type")]
    [InlineData(DatabaseKind.PostgreSql, "varchar")]
    [InlineData(DatabaseKind.PostgreSql, "C")]
    [InlineData(DatabaseKind.PostgreSql, "en-x-icu")]
    [InlineData(DatabaseKind.PostgreSql, "ours")]
    [InlineData(DatabaseKind.Sqlite, "")]
    public async Task ColumnThatComparesExactly_FindsTheSame_BeforeAndAfter(DatabaseKind kind, string collation)
    {
        Action<ModelBuilder> version = collation switch
        {
            "BINARY" => static m => Collated(m, "BINARY"),
            "in its type" => static m => From(m).HasMaxLength(20).IsFixedLength().HasColumnType("char(20) COLLATE BINARY").HasBlindIndex(),
            "varchar" => static m => From(m).HasColumnType("character varying(20)").HasBlindIndex(),
            "C" => static m => Collated(m, "C"),
            "en-x-icu" => static m => Collated(m, "en-x-icu"),
            "ours" => static m =>
            {
                m.HasCollation("ours", "und-u-ks-level2", "icu", deterministic: true);
                Collated(m, "ours");
            },

            // Without an index nothing is asked but null.
            _ => static m => From(m).UseCollation("NOCASE"),
        };
        using var firm = new Firm(kind, version, "acme");
        await using (var db = firm.Adopting())
        {
            db.AddRange(new Employee { Name = "lower", Ssn = "abc" }, new Employee { Name = "upper", Ssn = "ABC" }, new Employee { Name = "wide", Ssn = "abc " });
            await db.SaveChangesAsync();
        }

        await FoundAsync();
        await firm.MoveAsync(AdoptionState.Verified);
        await FoundAsync();

        async Task FoundAsync()
        {
            await using var db = firm.Adopting();
            string ssn = "abc";
            if (collation.Length == 0)
            {
                await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Employee>().CountAsync(e => e.Ssn == ssn));
                Assert.Equal(3, (await db.Set<Employee>().ToListAsync()).Count);
                return;
            }

            Assert.Equal(["lower"], await db.Set<Employee>().Where(e => e.Ssn == ssn).Select(e => e.Name).ToListAsync());
            string[] some = ["abc", "ABC "];
            Assert.Equal(["lower"], await db.Set<Employee>().Where(e => some.Contains(e.Ssn)).Select(e => e.Name).ToListAsync());
        }
    }

    // A database of a locale that knows no case orders by it, and tells what differs apart all the same: only a collation that somebody makes is nondeterministic.
    [Fact]
    public void DatabaseOfALocaleThatKnowsNoCase_ComparesExactly()
    {
        using var database = new TestDatabase(DatabaseKind.PostgreSql);
        string name = $"anycase_{Guid.NewGuid():N}";
        database.Execute($"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level2' LOCALE 'C'");
        try
        {
            using var connection = database.Connect();
            connection.ChangeDatabase(name);
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT ('abc' = 'ABC') || ' ' || (datlocprovider = 'i') || ' ' || ('a' < 'B' AND 'A' < 'b') FROM pg_database WHERE datname = current_database()";
            Assert.Equal("false true true", command.ExecuteScalar());
        }
        finally
        {
            database.Execute($"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    private static void Collated(ModelBuilder model, string collation) => From(model).UseCollation(collation).HasBlindIndex();

    private static Microsoft.EntityFrameworkCore.Metadata.Builders.PropertyBuilder<string> From(ModelBuilder model)
    {
        var employee = model.Entity<Employee>().ToTable("employees").HasTenant(static e => e.TenantId);
        return employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").HasColumnName("ssn_encrypted").AdoptFrom("ssn", Versions.Until);
    }

    private static void Refused(DatabaseKind kind, string what, Action<ModelBuilder> build)
    {
        using var database = new TestDatabase(kind);
        using var keys = TestKeys.InMemory();
        using var db = AnyContext.Open(database, keys, build, "acme");
        string why = Assert.Throws<EncryptionModelException>(() => db.Model).Message;
        Assert.Contains(what, why, StringComparison.Ordinal);
        Assert.Contains(Differs, why, StringComparison.Ordinal);
    }
}
