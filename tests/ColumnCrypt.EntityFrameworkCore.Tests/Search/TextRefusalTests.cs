using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class TextRefusalTests
{
    public class Thing
    {
        public int Id { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";

        [Encrypted]
        public int Number { get; set; }
    }

    public class Plain
    {
        public int Id { get; set; }

        [TextIndex(Words = true)]
        public string Text { get; set; } = "";
    }

    public class Empty
    {
        public int Id { get; set; }

        [Encrypted, TextIndex]
        public string Text { get; set; } = "";
    }

    public class Part
    {
        [Encrypted, TextIndex(Words = true)]
        public string Secret { get; set; } = "";
    }

    public class Whole
    {
        public int Id { get; set; }

        public Part Part { get; set; } = new();
    }

    public class Base
    {
        public int Id { get; set; }

        [Encrypted, TextIndex(Words = true)]
        public string Text { get; set; } = "";
    }

    public class Derived : Base
    {
        [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 2)]
        public string Own { get; set; } = "";
    }

    public class Keyed
    {
        public int Token { get; set; }

        [Encrypted, TextIndex(Words = true)]
        public string Text { get; set; } = "";
    }

    public static TheoryData<string, Action<ModelBuilder>> Impossible() => new()
    {
        { "prefixes from 0 to 8", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(prefixTo: 8) },
        { "prefixes from 3 to 65", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 65) },
        { "prefixes from 4 to 3", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(4, 3) },
        { "or Words = true", static m => m.Entity<Empty>() },
        { "words that keeps 24 bits", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(words: true).HasBits(24) },
        { "0 bits", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4).HasBits(0) },
        { "version 0", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4, version: 0) },
        { "names the normaliser 'CI'", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4).HasNormaliser("CI") },
        { "not a plain string", static m => m.Entity<Thing>().Property(static t => t.Number).HasTextIndex(3, 4) },
        { "not a plain string", static m => m.Entity<Thing>().Property(static t => t.Text).HasConversion(static t => t.Trim(), static t => t).HasTextIndex(3, 4) },
        { "no other version to ask", static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4).IsRetiring() },
        { "has a text index beside", static m => { m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4); m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(); } },
        { "has a text index beside", static m => { m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(words: true); m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex(BlindIndexPart.LastFour); } },
        { "there is one. Rename", static m => { m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 4); m.Entity<Whole>().Ignore(static w => w.Part).ToTable("Thing_Text_tokens"); } },
        { "complex or owned", static m => m.Entity<Whole>().ComplexProperty(static w => w.Part) },
        { "complex or owned", static m => m.Entity<Whole>().OwnsOne(static w => w.Part) },
        { "no key for its tokens", static m => m.Entity<Base>().HasNoKey().ToTable("Base") },
        { "in no table", static m => m.Entity<Base>().ToView("v") },
        { "in no table", static m => { m.Entity<Base>().UseTpcMappingStrategy(); m.Entity<Derived>(); } },
        { "property named token", static m => m.Entity<Keyed>().HasKey(static k => k.Token) },
        { "is not encrypted", static m => m.Entity<Plain>() },
    };

    [Theory, MemberData(nameof(Impossible))]
    public async Task Model_WithATextIndexThatCannotBe_IsRefused(string why, Action<ModelBuilder> build)
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, build);
        Assert.Contains(why, Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_WithAReason_MayHaveATextIndexBesideAnother()
    {
        await using var press = await Press.OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(2, 3).AllowSmallDomain("names of products");
            m.Entity<Thing>().Property(static t => t.Text).HasBlindIndex();
        });
        await using var db = press.As("a");
        db.AddRange(new Thing { Text = "hammer" }, new Thing { Text = "hat" });
        await db.SaveChangesAsync();
        Assert.Equal(2, await db.Set<Thing>().CountAsync(static t => t.Text.StartsWith("ha")));
        Assert.Equal(1, await db.Set<Thing>().CountAsync(static t => t.Text == "hat"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Hierarchy_InOneTableOrOneForEachType_HasTokensOfAllItsTexts(bool perType)
    {
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        {
            await using var press = await Press.OpenAsync(kind, perType ? PerType : OneTable);
            await using var db = press.As("a");
            db.AddRange(new Base { Text = "one two" }, new Derived { Text = "two three", Own = "own" });
            await db.SaveChangesAsync();
            Assert.Equal(2, await db.Set<Base>().CountAsync(static b => EF.Functions.MatchesWords(b.Text, "two")));
            Assert.Equal(1, await db.Set<Derived>().CountAsync(static b => EF.Functions.MatchesWords(b.Text, "two")));
            Assert.Equal(1, await db.Set<Base>().OfType<Derived>().CountAsync(static b => b.Own.StartsWith("ow")));
            db.RemoveRange(db.Set<Base>());
            await db.SaveChangesAsync();
            Assert.Equal(0, press.Count("Base_Text_tokens"));
            Assert.Equal(0, press.Count(perType ? "Derived_Own_tokens" : "Base_Own_tokens"));
        }

        static void PerType(ModelBuilder m)
        {
            m.Entity<Base>().UseTptMappingStrategy();
            m.Entity<Derived>();
        }

        static void OneTable(ModelBuilder m)
        {
            m.Entity<Base>();
            m.Entity<Derived>();
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Migration_OfATextIndex_CreatesItsTable_AndOfItsRemovalDropsIt(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        await using var without = press.As("a", model: static m => m.Entity<Thing>());
        await using var with = press.As("a", model: static m => m.Entity<Thing>().Property(static t => t.Text).HasTextIndex(3, 8));
        string bytes = kind == DatabaseKind.Sqlite ? "BLOB" : "bytea";
        string created = Script(without, with);
        Assert.Contains("CREATE TABLE \"Thing_Text_tokens\"", created, StringComparison.Ordinal);
        Assert.Contains($"token {bytes} NOT NULL", created.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("PRIMARY KEY (token, Id)", created.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("REFERENCES \"Thing\" (\"Id\") ON DELETE CASCADE", created, StringComparison.Ordinal);
        Assert.Contains("CREATE INDEX \"IX_Thing_Text_tokens_Id\" ON \"Thing_Text_tokens\" (\"Id\")", created, StringComparison.Ordinal);
        Assert.Equal("DROP TABLE \"Thing_Text_tokens\";", Script(with, without).Trim());
    }

    private static string Script(DbContext from, DbContext to)
    {
        var operations = to.GetService<IMigrationsModelDiffer>().GetDifferences(Relational(from), Relational(to));
        return string.Join('\n', to.GetService<IMigrationsSqlGenerator>().Generate(operations, to.GetService<IDesignTimeModel>().Model).Select(static c => c.CommandText));
    }

    private static IRelationalModel Relational(DbContext db) => db.GetService<IDesignTimeModel>().Model.GetRelationalModel();
}
