using System.Transactions;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-11. Issue 4, Must hold 4: whatever way a value goes into a row, its tokens go with it, in one transaction.
public class TextSaveTests
{
    private const string Old = "The old text";
    private const string New = "A newer one, longer";

    public static TheoryData<string, Func<AnyContext, string?, Task>> Ways() => new()
    {
        { "tracked", static async (db, v) => { (await db.Set<Article>().SingleAsync()).Text = v; await db.SaveChangesAsync(); } },
        { "synchronous", static (db, v) => { db.Set<Article>().Single().Text = v; db.SaveChanges(); return Task.CompletedTask; } },
        { "detached Update", static async (db, v) => { db.Update(Row(v)); await db.SaveChangesAsync(); } },
        { "Attach, then set", static async (db, v) => { var row = Row("other"); db.Attach(row); row.Text = v; await db.SaveChangesAsync(); } },
        { "Attach, IsModified", static async (db, v) => { db.Attach(Row(v)).Property(static a => a.Text).IsModified = true; await db.SaveChangesAsync(); } },
        { "state set by hand", static async (db, v) => { db.Entry(Row(v)).State = EntityState.Modified; await db.SaveChangesAsync(); } },
        { "AutoDetectChanges off", static async (db, v) => { db.ChangeTracker.AutoDetectChangesEnabled = false; var row = await db.Set<Article>().SingleAsync(); row.Text = v; db.ChangeTracker.DetectChanges(); await db.SaveChangesAsync(); } },
        { "SetValues", static async (db, v) => { db.Entry(await db.Set<Article>().SingleAsync()).CurrentValues.SetValues(Row(v)); await db.SaveChangesAsync(); } },
        { "no transaction", static async (db, v) => { db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never; (await db.Set<Article>().SingleAsync()).Text = v; await db.SaveChangesAsync(); } },
        { "own transaction", static async (db, v) => { await using var t = await db.Database.BeginTransactionAsync(); (await db.Set<Article>().SingleAsync()).Text = v; await db.SaveChangesAsync(); await t.CommitAsync(); } },
        { "own transaction, synchronous", static (db, v) => { using var t = db.Database.BeginTransaction(); db.Set<Article>().Single().Text = v; db.SaveChanges(); t.Commit(); return Task.CompletedTask; } },
        { "delete and insert", static async (db, v) => { await db.Set<Article>().ExecuteDeleteAsync(); db.Add(Row(v)); await db.SaveChangesAsync(); } },
        { "replace", static async (db, v) => { db.Remove(await db.Set<Article>().SingleAsync()); await db.SaveChangesAsync(); db.Add(Row(v)); await db.SaveChangesAsync(); } },
    };

    [Theory, MemberData(nameof(Ways))]
    public async Task Tokens_WhateverWayTheValueChanges_AreTheValues(string way, Func<AnyContext, string?, Task> change)
    {
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        {
            await using var press = await Press.OpenAsync(kind);
            await using (var db = press.As("a"))
            {
                db.Add(Row(Old));
                await db.SaveChangesAsync();
            }

            string old = press.TokensOf(1);
            await ChangeAsync(New);
            Assert.Equal(6 + 3, old.Split(' ').Length);
            Assert.Equal(6 + 4, press.TokensOf(1).Split(' ').Length);
            Assert.Empty(old.Split(' ').Intersect(press.TokensOf(1).Split(' ')));
            await using (var db = press.As("a"))
            {
                Assert.Equal(1, await db.Set<Article>().CountAsync(static a => a.Text!.StartsWith("A new")));
                Assert.Equal(0, await db.Set<Article>().CountAsync(static a => a.Text!.StartsWith("The")));
                Assert.Equal(1, await db.Set<Article>().CountAsync(static a => EF.Functions.MatchesWords(a.Text, "newer")));
                Assert.Equal(0, await db.Set<Article>().CountAsync(static a => EF.Functions.MatchesWords(a.Text, "old")));
            }

            await ChangeAsync(null);
            Assert.True(press.TokensOf(1).Length == 0, way);
            await ChangeAsync("");
            Assert.Equal("", press.TokensOf(1));
            await ChangeAsync(Old);
            Assert.Equal(old, press.TokensOf(1));

            async Task ChangeAsync(string? value)
            {
                await using var db = press.As("a");
                await change(db, value);
            }
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_OfManyRows_GivesEachItsTokens_WithKeysOfTheDatabase(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        foreach (string tenant in (string[])["a", "b"])
        {
            await using var db = press.As(tenant);
            db.AddRange(Enumerable.Range(0, 450).Select(i => new Article { TenantId = tenant, Text = $"number {i} of {i % 10}" }));
            db.Add(new Article { TenantId = tenant, Text = string.Join(' ', Enumerable.Range(0, 1200).Select(static i => $"w{i}")) });
            await db.SaveChangesAsync();
        }

        await using var a = press.As("a");
        Assert.Equal(450, await a.Set<Article>().CountAsync(static x => x.Text!.StartsWith("number ")));
        Assert.Equal(
            Enumerable.Range(0, 450).Where(static i => i % 10 == 7).Select(static i => $"number {i} of {i % 10}").Order(StringComparer.Ordinal),
            (await a.Set<Article>().Where(static x => EF.Functions.MatchesWords(x.Text, "of 7 number")).Select(static x => x.Text!).ToListAsync())
                .Where(static t => t.EndsWith("of 7", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(1, await a.Set<Article>().CountAsync(static x => EF.Functions.MatchesWords(x.Text, "w1199 w0")));
        Assert.All(await a.Set<Article>().Where(static x => EF.Functions.MatchesWords(x.Text, "number")).ToListAsync(), static x => Assert.Equal("a", x.TenantId));
        Assert.Equal(0, press.Count() % 2);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Rows_WithAKeyOfTwoColumns_AreFoundByTheirTokens_AndDeletedWithThem(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        await using var db = press.As("a");
        DateOnly[] days = [new(2024, 2, 29), new(2024, 3, 1)];
        db.Add(new Article { TenantId = "a", Remarks = [.. days.Select(static (day, i) => new Remark { Day = day, Text = i == 0 ? "Well done" : "welL doing" })] });
        db.Add(new Article { TenantId = "a", Remarks = [new Remark { Day = days[0], Text = "so so" }] });
        await db.SaveChangesAsync();
        Assert.Equal(days[0], (await db.Set<Remark>().SingleAsync(static r => r.Text!.StartsWith("Wel"))).Day);
        Assert.Equal(2, await db.Set<Remark>().CountAsync(static r => !r.Text!.StartsWith("We")));
        Assert.Equal(2, await db.Set<Remark>().CountAsync(static r => EF.Functions.MatchesWords(r.Text, "well")));
        Assert.Equal(1, await db.Set<Remark>().CountAsync(static r => EF.Functions.MatchesWords(r.Text, "DOING well")));
        Assert.Equal(0, await db.Set<Remark>().CountAsync(static r => EF.Functions.MatchesWords(r.Text, "?")));
        Assert.Equal(1, await db.Set<Article>().CountAsync(static a => a.Remarks.Any(r => EF.Functions.MatchesWords(r.Text, "so"))));
        Assert.Equal(1, await db.Set<Article>().Where(static a => a.Remarks.Any(r => r.Text!.StartsWith("so"))).ExecuteDeleteAsync());
        Assert.Equal(2 + 2 + 2 + 2, press.Count("Remark_Text_tokens"));
        db.Remove(await db.Set<Remark>().SingleAsync(static r => r.Text!.StartsWith("Wel")));
        await db.SaveChangesAsync();
        Assert.Equal(4, press.Count("Remark_Text_tokens"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_ThatFails_LeavesRowAndTokensAsTheyWere(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        await using (var db = press.As("a"))
        {
            db.Add(Row(Old));
            await db.SaveChangesAsync();
        }

        string before = press.TokensOf(1);
        press.Database.Execute(kind == DatabaseKind.Sqlite
            ? "CREATE TRIGGER no BEFORE INSERT ON \"Article_Text_tokens\" BEGIN SELECT RAISE(ABORT, 'no'); END"
            : "ALTER TABLE \"Article_Text_tokens\" ADD CONSTRAINT no CHECK (\"Id\" < 0) NOT VALID");
        await using (var db = press.As("a"))
        {
            (await db.Set<Article>().SingleAsync()).Text = New;
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.SaveChangesAsync());
            Assert.ThrowsAny<System.Data.Common.DbException>(() => db.SaveChanges());
            Assert.True(db.ChangeTracker.HasChanges());
        }

        await using (var db = press.As("a"))
        {
            // A transaction of the application goes on as if the save had not been.
            await using var transaction = await db.Database.BeginTransactionAsync();
            var row = await db.Set<Article>().SingleAsync();
            row.Text = New;
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.SaveChangesAsync());
            db.ChangeTracker.Clear();
            await db.Set<Article>().ExecuteUpdateAsync(static s => s.SetProperty(static a => a.Pages, 7));
            await transaction.CommitAsync();
        }

        await using (var db = press.As("a"))
        {
            var row = await db.Set<Article>().SingleAsync();
            Assert.Equal((Old, 7), (row.Text, row.Pages));
            Assert.Equal(before, press.TokensOf(1));
        }
    }

    [Fact]
    public async Task Save_UnderARetryingStrategy_AndInATransactionScope_IsWhole()
    {
        await using var press = await Press.OpenAsync(DatabaseKind.PostgreSql);
        var failing = new FailOnce();
        await using (var db = press.As("a", o => { new NpgsqlDbContextOptionsBuilder(o).EnableRetryOnFailure(3, TimeSpan.Zero, ["23514"]); o.AddInterceptors(failing); }))
        {
            db.Add(Row(Old));
            await db.SaveChangesAsync();
            Assert.Equal(2, failing.Begun);
        }

        Assert.Equal(9, press.TokensOf(1).Split(' ').Length);
        await using (var db = press.As("a"))
        {
            using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            {
                (await db.Set<Article>().SingleAsync()).Text = New;
                await db.SaveChangesAsync();
            }

            Assert.Equal(9, press.TokensOf(1).Split(' ').Length);
            using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            {
                db.ChangeTracker.Clear();
                (await db.Set<Article>().SingleAsync()).Text = New;
                await db.SaveChangesAsync();
                scope.Complete();
            }
        }

        Assert.Equal(10, press.TokensOf(1).Split(' ').Length);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task ExecuteUpdate_OfATextIndexedProperty_IsRefused_AndOfOthersIsNot(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind);
        await using var db = press.As("a");
        db.Add(Row(Old));
        await db.SaveChangesAsync();
        string? value = New;
        foreach (var update in new Func<Task>[]
                 {
                     () => db.Set<Article>().ExecuteUpdateAsync(s => s.SetProperty(static a => a.Text, value)),
                     () => db.Set<Article>().ExecuteUpdateAsync(static s => s.SetProperty(static a => a.Text, (string?)null)),
                     () => db.Set<Article>().ExecuteUpdateAsync(s => s.SetProperty(static a => EF.Property<string?>(a, "Text"), value)),
                 })
        {
            Assert.Contains("SaveChanges", (await Assert.ThrowsAsync<EncryptedQueryException>(update)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await db.Set<Article>().Where(static a => a.Text!.StartsWith("The old")).ExecuteUpdateAsync(static s => s.SetProperty(static a => a.Pages, 3)));
        Assert.Equal(1, await db.Set<Article>().Where(static a => EF.Functions.MatchesWords(a.Text, "old")).ExecuteDeleteAsync());
        Assert.Equal(0, press.Count());
    }

    [Fact]
    public async Task Save_WithoutForeignKeysOnSqlite_IsRefused()
    {
        await using var press = await Press.OpenAsync(DatabaseKind.Sqlite);
        await using var db = press.As("a");
        await db.Database.OpenConnectionAsync();
        await db.Database.ExecuteSqlRawAsync("PRAGMA foreign_keys = OFF");
        db.Add(Row(Old));
        Assert.Contains("Foreign keys", (await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(0L, press.Database.Scalar("SELECT count(*) FROM \"Article\""));
    }

    [Fact]
    public async Task Save_OfContextsWithoutTextIndexes_BeginsNoTransactionOfItsOwn()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite);
        var counting = new FailOnce { Fails = false };
        await using (var db = shop.As("a", o => o.AddInterceptors(counting)))
        {
            db.Add(new Customer { TenantId = "a", Ssn = "1" });
            await db.SaveChangesAsync();
        }

        await using var press = await Press.OpenAsync(DatabaseKind.Sqlite);
        await using (var db = press.As("a", o => o.AddInterceptors(counting)))
        {
            var row = Row(Old);
            db.Add(row);
            await db.SaveChangesAsync();
            Assert.Equal(1, counting.Begun);
            row.Pages = 5;
            await db.SaveChangesAsync();
        }

        Assert.Equal(1, counting.Begun);
    }

    [Fact]
    public async Task Token_OfAnotherColumnTenantKindOrVersion_IsAnotherValue()
    {
        await using var press = await Press.OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            Press.Model(m);
            m.Entity<Article>().Property(static a => a.Text).HasTextIndex(prefixFrom: 3, prefixTo: 3, words: true);
            m.Entity<Article>().Property(static a => a.Text).HasTextIndex(prefixFrom: 3, prefixTo: 3, words: true, version: 2);
        });
        foreach (string tenant in (string[])["a", "b"])
        {
            await using var db = press.As(tenant);
            db.Add(new Article { TenantId = tenant, Text = "abc", Remarks = [new Remark { Text = "abc" }] });
            await db.SaveChangesAsync();
        }

        Assert.Equal(12 + 4, Convert.ToInt32(
            press.Database.Scalar("SELECT count(DISTINCT \"token\") FROM (SELECT \"token\" FROM \"Article_Text_tokens\" UNION ALL SELECT \"token\" FROM \"Article_Text_tokens_v2\" UNION ALL SELECT \"token\" FROM \"Remark_Text_tokens\")"),
            System.Globalization.CultureInfo.InvariantCulture) + 2);
    }

    [Fact]
    public async Task Tokens_InTheTable_AreTheValuesOfTheirKinds()
    {
        await using var press = await Press.OpenAsync(DatabaseKind.Sqlite);
        await using (var db = press.As("a"))
        {
            db.Add(Row("Ab \U0001F388d, AB!"));
            await db.SaveChangesAsync();
        }

        using var keys = await press.Keys.AcquireRingAsync("a", 0, CancellationToken.None);
        var prefixes = Enumerable.Range(3, 6).Select(n => keys.Index(
            new IndexDefinition("Article.Text", $"prefix:{n}"), "Ab \U0001F388d, AB!", ColumnCrypt.Format.ValueCodecs.For<string>(), IndexUse.Query)!);
        var words = keys.IndexWords(new IndexDefinition("Article.Text", "word", "ci@1"), "ab d", IndexUse.Query);
        Assert.Equal(string.Join(' ', prefixes.Concat(words).Select(Convert.ToHexString).Order(StringComparer.Ordinal)), press.TokensOf(1));
    }

    private static Article Row(string? text) => new() { Id = 1, TenantId = "a", Text = text };

    /// <summary>Fails the first commit, as a lost connection would, and counts transactions.</summary>
    private sealed class FailOnce : DbTransactionInterceptor
    {
        public bool Fails { get; set; } = true;

        public int Begun { get; private set; }

        public override InterceptionResult<System.Data.Common.DbTransaction> TransactionStarting(System.Data.Common.DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<System.Data.Common.DbTransaction> result)
        {
            Begun++;
            return result;
        }

        public override ValueTask<InterceptionResult<System.Data.Common.DbTransaction>> TransactionStartingAsync(
            System.Data.Common.DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<System.Data.Common.DbTransaction> result, CancellationToken cancellationToken = default)
        {
            Begun++;
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (Fails && Begun == 1)
            {
                throw new Npgsql.PostgresException("lost", "ERROR", "ERROR", "23514");
            }

            return ValueTask.FromResult(result);
        }
    }
}
