using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.Tests.Search;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Bulk;

// Raw ADO.NET, Dapper and COPY write blind indexes as Entity Framework does, by which it finds the rows. Issue 4, must hold 4.
public sealed class BulkIndexTests
{
    private static readonly BlindIndexFillOptions s_recheck = new() { Recheck = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Index_OfEveryKind_IsWhatEntityFrameworkWrites(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, Members, "a");
        await db.Database.EnsureCreatedAsync(Token);
        db.AddRange(LibraryRows.Sample("a"));
        await db.SaveChangesAsync(Token);

        Assert.Equal(24, await SameAsync(m => m.Name));
        Assert.Equal(17, await SameAsync(m => m.Email));
        Assert.Equal(24, await SameAsync(m => m.Age));
        Assert.Equal(19, await SameAsync(m => m.Score));
        Assert.Equal(24, await SameAsync(m => m.Token));
        Assert.Equal(36, await SameAsync(m => m.Born));
        Assert.Equal(24, await SameAsync(m => m.Rank));
        Assert.Equal(24, await SameAsync(m => m.Nick));
        Assert.Equal(21, await SameAsync(m => m.Code));
        Assert.Equal(28, await SameAsync(m => m.Card));
        Assert.Equal(12, await SameAsync(m => m.Work));
        Assert.True(await SameAsync(m => m.Story) > 50);
        Assert.True(await SameAsync(m => m.Tag) > 20);
        Assert.True(await SameAsync(m => m.Alias) > 20);
        Assert.Equal(0, await SameAsync(m => m.Note));

        // How many index values and tokens the rows have, each the same as that of the cipher.
        async Task<int> SameAsync<T>(Expression<Func<Member, T>> property)
        {
            string name = ((MemberExpression)property.Body).Member.Name;
            using var cipher = await db.GetCipherAsync(property, values: 1, Token);
            await using var connection = database.Connect();
            int count = 0;
            foreach (var index in cipher.Indexes.Columns)
            {
                foreach (var (value, stored) in await connection.QueryAsync<(byte[]? Value, byte[]? Stored)>($"""SELECT "{name}", "{index.Column}" FROM "Member" """))
                {
                    Assert.Equal(stored, value is null ? null : cipher.BlindIndex(cipher.Decrypt(value), index.Column));
                    count += stored is null ? 0 : 1;
                }
            }

            foreach (string table in cipher.Indexes.Tokens.Select(static tokens => tokens.Table).Distinct())
            {
                var stored = (await connection.QueryAsync<(long Id, byte[] Token)>($"""SELECT "Id", token FROM "{table}" """)).ToLookup(static row => row.Id, static row => Convert.ToHexString(row.Token));
                foreach (var (id, value) in await connection.QueryAsync<(long Id, byte[]? Value)>($"""SELECT "Id", "{name}" FROM "Member" """))
                {
                    Assert.Equal(stored[id].Order(), value is null ? [] : cipher.Tokens(cipher.Decrypt(value), table).Select(Convert.ToHexString).Order());
                    count += stored[id].Count();
                }
            }

            return count;
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task RawRow_WrittenWithItsIndexes_IsFoundByEntityFramework_AndNeverStale(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        await using var db = school.As(School.Both, "a");
        using var code = await db.GetCipherAsync((Pupil p) => p.Code, values: 3, Token);
        Assert.Equal([("Code_bi", 1), ("Code_bi_v2", 2)], code.Indexes.Columns.Select(static index => (index.Column, index.Version)).Order());
        await using var connection = school.Database.Connect();
        await connection.ExecuteAsync(
            """INSERT INTO "Pupil" ("School", "Id", "Code", "Code_bi", "Code_bi_v2") VALUES ('a', @Id, @Code, @Index, @Next)""",
            new[] { Row(1, "one"), Row(2, "two"), Row(3, null) });
        await FoundAsync("one", 1);
        await FoundAsync("two", 2);

        // An update: the old value is found no more, and the new one by either version.
        await connection.ExecuteAsync("""UPDATE "Pupil" SET "Code" = @Code, "Code_bi" = @Index, "Code_bi_v2" = @Next WHERE "School" = 'a' AND "Id" = @Id""", Row(1, "three"));
        await FoundAsync("three", 1);
        await FoundAsync("one");

        // A raw lookup finds what Entity Framework writes.
        db.Add(new Pupil { School = "a", Id = 4, Code = "four" });
        await db.SaveChangesAsync(Token);
        Assert.Equal([4L], await connection.QueryAsync<long>("""SELECT "Id" FROM "Pupil" WHERE "Code_bi" = @Index""", new { Index = code.BlindIndex("four", "Code_bi", ColumnCrypt.Search.IndexUse.Query) }));

        // The unique index holds over both ways.
        db.Add(new Pupil { School = "a", Id = 5, Code = "two" });
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(Token));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => connection.ExecuteAsync(
            """INSERT INTO "Pupil" ("School", "Id", "Code", "Code_bi", "Code_bi_v2") VALUES ('a', @Id, @Code, @Index, @Next)""", Row(6, "four")));

        Row Row(int id, string? value) => new(id, value is null ? null : code.Encrypt(value), code.BlindIndex(value, "Code_bi"), code.BlindIndex(value, "Code_bi_v2"));

        async Task FoundAsync(string value, params int[] ids)
        {
            foreach (Action<ModelBuilder> model in (Action<ModelBuilder>[])[School.Both, School.New])
            {
                await using var asker = school.As(model, "a");
                Assert.Equal(ids, (await asker.Set<Pupil>().AsNoTracking().Where(p => p.Code == value).ToListAsync(Token)).Select(static p => p.Id));
            }

            await using var all = school.As(School.Both, null);
            Assert.All(await all.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => Assert.True(state.IsComplete, state.ToString()));
        }
    }

    [Fact]
    public async Task BinaryCopy_WithIndexes_WritesRowsThatAreFound()
    {
        const int Rows = 2_000;
        await using var school = await School.OpenAsync(DatabaseKind.PostgreSql, School.Old);
        await using var connection = (NpgsqlConnection)school.Database.Connect();
        await using var db = school.As(School.Old, "a");
        await ImportAsync(0, Rows);

        Assert.Equal(1234, (await db.Set<Pupil>().SingleAsync(static p => p.Code == "code 1234", Token)).Id);
        string[] many = ["code 0", "code 77", "code 1999", "code 2000"];
        Assert.Equal([0, 77, 1999], (await db.Set<Pupil>().Where(p => many.Contains(p.Code)).ToListAsync(Token)).Select(static p => p.Id).Order());
        Assert.Equal(Rows, await db.Set<Pupil>().CountAsync(Token));
        await using var all = school.As(School.Old, null);
        Assert.All(await all.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => Assert.True(state.IsComplete, state.ToString()));
        var twice = await Assert.ThrowsAsync<PostgresException>(() => ImportAsync(5_000, 1, value: 7));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, twice.SqlState);

        async Task ImportAsync(int from, int count, int? value = null)
        {
            using var code = await db.GetCipherAsync((Pupil p) => p.Code, count, Token);
            byte[] index = new byte[32];
            await using var writer = await connection.BeginBinaryImportAsync("""COPY "Pupil" ("School", "Id", "Code", "Code_bi") FROM STDIN (FORMAT BINARY)""", Token);
            for (int id = from; id < from + count; id++)
            {
                string text = $"code {value ?? id}";
                Assert.True(code.TryBlindIndex(text, index, out int size));
                await writer.StartRowAsync(Token);
                await writer.WriteAsync("a", NpgsqlDbType.Text, Token);
                await writer.WriteAsync(id, NpgsqlDbType.Integer, Token);
                await writer.WriteAsync(code.Encrypt(text), NpgsqlDbType.Bytea, Token);
                await writer.WriteAsync(index.AsMemory(0, size), NpgsqlDbType.Bytea, Token);
            }

            await writer.CompleteAsync(Token);
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task RawRow_WithACompositeIndex_IsFoundByAllItsProperties_AndNeverStale(DatabaseKind kind)
    {
        var born = new DateOnly(1990, 1, 2);
        await using var shop = await Shop.OpenAsync(kind, static m => m.Entity<Guest>().HasTenant(static g => g.TenantId));
        await using var db = shop.As("a");
        using var last = await db.GetCipherAsync((Guest g) => g.Last, values: 3, Token);
        using var day = await db.GetCipherAsync((Guest g) => g.Born, values: 3, Token);
        using var nick = await db.GetCipherAsync((Guest g) => g.Nick, values: 3, Token);
        using var floor = await db.GetCipherAsync((Guest g) => g.Floor, values: 3, Token);
        await using var connection = shop.Database.Connect();
        await connection.ExecuteAsync(
            """
            INSERT INTO "Guest" ("Id", "TenantId", "City", "Last", "Born", "Last_Born_bi", "Nick", "Floor", "Nick_Floor_bi")
            VALUES (@Id, 'a', '', @Last, @Born, @LastBorn, @Nick, @Floor, @NickFloor)
            """,
            new[] { Row(1, "Ann", born, "Zoë", 1), Row(2, "Ann", null, "ZOË", 2), Row(3, "Bo", born, null, 3) });
        await FoundAsync("Ann", 1);
        await FoundAsync("Bo", 3);
        Assert.Equal(2, (await db.Set<Guest>().AsNoTracking().SingleAsync(static g => g.Nick == "ZOË" && g.Floor == 2, Token)).Id);

        await connection.ExecuteAsync("""UPDATE "Guest" SET "Last" = @Last, "Born" = @Born, "Last_Born_bi" = @LastBorn WHERE "TenantId" = 'a' AND "Id" = @Id""", Row(1, "Cy", born, null, 1));
        await FoundAsync("Ann");
        await FoundAsync("Cy", 1);

        // What is written without its index is found and corrected.
        await connection.ExecuteAsync("""UPDATE "Guest" SET "Last" = @Last WHERE "TenantId" = 'a' AND "Id" = @Id""", new { Id = 3, Last = last.Encrypt("Di") });
        Assert.Contains(await db.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => state is { Column: "Last_Born_bi", Wrong: 1 });
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Guest>().AsNoTracking().Where(g => g.Last == "Bo" && g.Born == born).ToListAsync(Token));
        await db.Database.FillBlindIndexesAsync(s_recheck, cancellationToken: Token);
        await FoundAsync("Bo");
        await FoundAsync("Di", 3);

        object Row(int id, string? name, DateOnly? date, string? called, int level) => new
        {
            Id = id,
            Last = name is null ? null : last.Encrypt(name),
            Born = date is null ? null : day.Encrypt(date),
            LastBorn = last.CompositeIndex([last.Part(name), day.Part(date)]),
            Nick = called is null ? null : nick.Encrypt(called),
            Floor = floor.Encrypt(level),
            NickFloor = nick.CompositeIndex([nick.Part(called), floor.Part(level)], "Nick_Floor_bi"),
        };

        async Task FoundAsync(string name, params int[] ids)
        {
            Assert.Equal(ids, (await db.Set<Guest>().AsNoTracking().Where(g => g.Last == name && g.Born == born).ToListAsync(Token)).Select(static g => g.Id));
            Assert.All(await db.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => Assert.True(state.IsComplete, state.ToString()));
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task RawRow_WithItsTokens_IsFoundByBeginningsAndWords_AndNeverStale(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        await using var db = press.As("a");
        using var text = await db.GetCipherAsync((Article a) => a.Text, values: 2, Token);
        await using var connection = press.Database.Connect();
        await connection.ExecuteAsync("""INSERT INTO "Article" ("Id", "TenantId", "Text", "Pages") VALUES (1, 'a', @Text, 1)""", new { Text = text.Encrypt("The old text") });
        await WriteTokensAsync("The old text");
        await FoundAsync("The", "old TEXT", 1);

        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await connection.ExecuteAsync("""UPDATE "Article" SET "Text" = @Text WHERE "Id" = 1 AND "TenantId" = 'a'""", new { Text = text.Encrypt("Another one") }, transaction);
            await connection.ExecuteAsync("""DELETE FROM "Article_Text_tokens" WHERE "Id" = 1""", transaction: transaction);
            await WriteTokensAsync("Another one", transaction);
            await transaction.CommitAsync(Token);
        }

        await FoundAsync("The", "old", 0);
        await FoundAsync("Anoth", "ONE", 1);

        // What is written without its tokens is found and corrected.
        await connection.ExecuteAsync("""UPDATE "Article" SET "Text" = @Text WHERE "Id" = 1 AND "TenantId" = 'a'""", new { Text = text.Encrypt("The last") });
        Assert.Contains(await db.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => !state.IsComplete);
        await db.Database.FillBlindIndexesAsync(s_recheck, cancellationToken: Token);
        await FoundAsync("Anoth", "one", 0);
        await FoundAsync("The", "last", 1);

        Task WriteTokensAsync(string value, System.Data.Common.DbTransaction? transaction = null) => connection.ExecuteAsync(
            """INSERT INTO "Article_Text_tokens" ("token", "Id") VALUES (@Token, 1)""", text.Tokens(value).Select(static token => new { Token = token }), transaction);

        async Task FoundAsync(string beginning, string words, int count)
        {
            Assert.Equal(count, await db.Set<Article>().CountAsync(a => a.Text!.StartsWith(beginning), Token));
            Assert.Equal(count, await db.Set<Article>().CountAsync(a => EF.Functions.MatchesWords(a.Text, words), Token));
            Assert.All(await db.Database.VerifyBlindIndexesAsync(s_recheck, Token), static state => Assert.True(state.IsComplete, state.ToString()));
        }
    }

    [Fact]
    public async Task Cipher_OfAnIndexedProperty_IsCheckedAsEntityFrameworkIs()
    {
        await using var school = await School.OpenAsync(DatabaseKind.Sqlite);
        await using var db = school.As(School.Both, "a");
        using var reader = await db.GetCipherAsync((Pupil p) => p.Code, cancellationToken: Token);
        Assert.Contains("PrepareAsync", Assert.Throws<ColumnCryptException>(() => reader.BlindIndex("x", "Code_bi")).Message, StringComparison.Ordinal);
        using var code = await db.GetCipherAsync((Pupil p) => p.Code, values: 1, Token);
        await using var other = school.As(School.Both, "b");
        using var ofOther = await other.GetCipherAsync((Pupil p) => p.Code, values: 1, Token);
        Assert.NotEqual(code.BlindIndex("x", "Code_bi"), ofOther.BlindIndex("x", "Code_bi"));
        Assert.Contains("Code_bi, Code_bi_v2", Assert.Throws<EncryptionModelException>(() => code.BlindIndex("x")).Message, StringComparison.Ordinal);
        using var database = new TestDatabase();
        await using var unknown = AnyContext.Open(
            database, school.Keys, static m => School.Pupils(m, static p => p.HasBlindIndex().HasNormaliser("mine@1")), "a");
        Assert.Contains("mine@1", (await Assert.ThrowsAsync<EncryptionModelException>(async () => await unknown.GetCipherAsync((Pupil p) => p.Code))).Message, StringComparison.Ordinal);
    }

    private static void Members(ModelBuilder model)
    {
        model.Entity<Member>().HasTenant(static m => m.TenantId);
        model.Entity<Member>().Property(static m => m.Id).ValueGeneratedNever();
        model.Entity<Loan>().HasTenant(static l => l.TenantId);
        model.Entity<Loan>().Property(static l => l.Id).ValueGeneratedNever();
    }

    private sealed record Row(int Id, byte[]? Code, byte[]? Index, byte[]? Next);
}
