using System.Data.Common;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Issue 4: the shred of a tenant clears its indexes
public sealed class ClearedIndexTests
{
    private const int Count = 1_203;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Indexes_OfAShreddedTenant_AreCleared_AndNobodyElses(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var context = AnyContext.Open(database, keys, Model, "acme"))
        {
            await context.Database.EnsureCreatedAsync();
        }

        foreach (string tenant in (string[])["acme", "globex"])
        {
            for (int version = 0; version < 2; version++)
            {
                await using var context = AnyContext.Open(database, keys, Model, tenant);
                context.AddRange(Enumerable.Range(0, Count).Select(i => new Person { Clinic = tenant, Id = (version * Count) + i, Mail = i % 7 == 0 ? null : $"{i % 50}@x.org", Phone = $"{i}" }));
                await context.SaveChangesAsync();
                await keys.Keys.CompromiseAsync((await keys.Keys.ListKeysAsync(tenant)).Last(static key => key.Kind == Metadata.KeyKind.Data).KeyId, "test");
            }
        }

        await using var data = DataOf(database);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.Keys.ClearIndexesAsync("acme", data));
        await keys.Keys.ShredNowAsync("acme");
        long withMail = Count - ((Count + 6) / 7);
        Assert.Equal(2 * (withMail + Count), await keys.Keys.ClearIndexesAsync("acme", data));
        Assert.Equal(0, await keys.Keys.ClearIndexesAsync("acme", data));
        using var elsewhere = new TestDatabase(kind);
        await using var another = DataOf(elsewhere, "another.db");
        await Assert.ThrowsAsync<KeyStateException>(() => keys.Keys.ClearIndexesAsync("acme", another));
        Assert.Equal(0L, Convert.ToInt64(database.Scalar("""SELECT count(*) FROM "People" WHERE "Clinic" = 'acme' AND ("Mail_bi" IS NOT NULL OR "Phone_bi" IS NOT NULL)"""), null));
        Assert.Equal(2 * withMail, Convert.ToInt64(database.Scalar("""SELECT count(*) FROM "People" WHERE "Clinic" = 'globex' AND "Mail_bi" IS NOT NULL AND "Phone_bi" IS NOT NULL"""), null));
        await using var other = AnyContext.Open(database, keys, Model, "globex");
        Assert.Equal(2, await other.Set<Person>().CountAsync(static person => person.Phone == "7"));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task IndexesOfAVersionThatCameLater_AreClearedToo_AndOneThatIsDroppedIsPassedOver(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var context = AnyContext.Open(database, keys, Model, "acme"))
        {
            await context.Database.EnsureCreatedAsync();
            context.Add(new Person { Clinic = "acme", Id = 1, Mail = "1@x.org", Phone = "1" });
            await context.SaveChangesAsync();
        }

        database.Execute("""ALTER TABLE "People" ADD "Phone_bi_v2" """ + (kind == DatabaseKind.Sqlite ? "BLOB" : "bytea"));
        await using (var context = AnyContext.Open(database, keys, Later, "acme"))
        {
            context.Add(new Person { Clinic = "acme", Id = 2, Mail = "2@x.org", Phone = "2" });
            await context.SaveChangesAsync();
        }

        database.Execute("""DROP INDEX "IX_People_Phone_bi" """);
        database.Execute("""ALTER TABLE "People" DROP COLUMN "Phone_bi" """);
        await keys.Keys.ShredNowAsync("acme");
        await using var data = DataOf(database);
        Assert.Equal(3, await keys.Keys.ClearIndexesAsync("acme", data));
        Assert.Equal(0L, Convert.ToInt64(database.Scalar("""SELECT count(*) FROM "People" WHERE "Mail_bi" IS NOT NULL OR "Phone_bi_v2" IS NOT NULL"""), null));

        static void Later(ModelBuilder model)
        {
            Model(model);
            model.Entity<Person>().Property(static p => p.Phone).HasBlindIndex().HasVersion(2);
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Tokens_OfAShreddedTenant_AreDeleted_AndATableThatIsGoneIsPassedOver(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var context = AnyContext.Open(database, keys, Texts, "acme"))
        {
            await context.Database.EnsureCreatedAsync();
        }

        foreach (string tenant in (string[])["acme", "globex"])
        {
            await using var context = AnyContext.Open(database, keys, Texts, tenant);
            context.AddRange(Enumerable.Range(0, Count).Select(i => new Person { Clinic = tenant, Id = i, Mail = i % 3 == 0 ? null : $"mail {i}", Phone = $"phone {i}" }));
            await context.SaveChangesAsync();
        }

        Assert.Equal(2 * 2 * Count, Rows("People_Phone_tokens"));
        database.Execute("""DROP TABLE "People_Mail_tokens" """);
        await keys.Keys.ShredNowAsync("acme");
        await using var data = DataOf(database);
        Assert.Equal(Count, await keys.Keys.ClearIndexesAsync("acme", data));
        Assert.Equal(0, await keys.Keys.ClearIndexesAsync("acme", data));
        Assert.Equal(2 * Count, Rows("People_Phone_tokens"));
        await using var other = AnyContext.Open(database, keys, Texts, "globex");
        Assert.Equal(1, await other.Set<Person>().CountAsync(static person => EF.Functions.MatchesWords(person.Phone, "1202")));
        Assert.Equal(2 * Count, database.Execute("""DELETE FROM "People" """));
        Assert.Equal(0, Rows("People_Phone_tokens"));

        long Rows(string table) => Convert.ToInt64(database.Scalar($"SELECT count(*) FROM \"{table}\""), null);
    }

    private static DbDataSource DataOf(TestDatabase database, string file = "app.db")
    {
        using var connection = database.Connect();
        return database.Kind == DatabaseKind.PostgreSql
            ? NpgsqlDataSource.Create(connection.ConnectionString)
            : SqliteFactory.Instance.CreateDataSource(connection.ConnectionString.Replace("app.db", file, StringComparison.Ordinal));
    }

    private static void Model(ModelBuilder model) => model.Entity<Person>(person =>
    {
        person.ToTable("People");
        person.HasKey(static p => new { p.Clinic, p.Id });
        person.Property(static p => p.Mail).IsEncrypted().HasBlindIndex();
        person.Property(static p => p.Phone).IsEncrypted().HasBlindIndex();
    });

    private static void Texts(ModelBuilder model) => model.Entity<Person>(person =>
    {
        person.ToTable("People");
        person.HasKey(static p => new { p.Clinic, p.Id });
        person.Property(static p => p.Mail).IsEncrypted().HasTextIndex(prefixFrom: 2, prefixTo: 3);
        person.Property(static p => p.Phone).IsEncrypted().HasTextIndex(words: true);
    });

    private sealed class Person
    {
        public string Clinic { get; set; } = "";

        public int Id { get; set; }

        public string? Mail { get; set; }

        public string Phone { get; set; } = "";
    }
}
