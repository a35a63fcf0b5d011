using ColumnCrypt.EntityFrameworkCore.Indexes;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-10, SPEC-IDX-11: the life of a text index over rows that are there.
public class TextFillTests
{
    private const string Tokens = "Sheet_Text_tokens";
    private static readonly BlindIndexFillOptions s_recheck = new() { Recheck = true, BatchSize = 7 };

    public class Sheet
    {
        public string Tenant { get; set; } = "";

        public int Id { get; set; }

        [Encrypted]
        public string? Text { get; set; }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Fill_GivesEveryTenantsRowsTheirTokens_AndReportsThoseItCannot(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind, New);
        foreach (string tenant in (string[])["a", "b", "gone"])
        {
            await AddAsync(press, Old, tenant, 1, 20);
        }

        await AddAsync(press, New, "b", 21, 5);
        press.Database.Execute("UPDATE \"Sheet\" SET \"Text\" = substr(\"Text\", 1, 20) WHERE \"Tenant\" = 'a' AND \"Id\" = 7");
        await press.Keys.Keys.ShredNowAsync("gone");
        await using var db = press.As(null, model: New);
        Assert.Equal(new BlindIndexState(null, "Sheet", Tokens, 39, 0, 1), Assert.Single(await db.Database.VerifyBlindIndexesAsync()));

        var result = await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 7 });
        Assert.Equal((65, 39, 0, 20, 1), (result.Processed, result.Filled, result.Changed, result.Shredded, result.Failed));
        Assert.Equal("Tenant=a, Id=7", result.Failures[0].Key);
        Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
        press.Database.Execute("DELETE FROM \"Sheet\" WHERE \"Tenant\" = 'a' AND \"Id\" = 7");
        Assert.True(Assert.Single(await db.Database.VerifyBlindIndexesAsync(s_recheck)).IsComplete);
        foreach (string tenant in (string[])["a", "b"])
        {
            await using var asker = press.As(tenant, model: New);
            Assert.Equal(tenant == "a" ? 19 : 25, await asker.Set<Sheet>().CountAsync(static s => s.Text!.StartsWith("sheet")));
            Assert.Equal(1, await asker.Set<Sheet>().CountAsync(static s => EF.Functions.MatchesWords(s.Text, "11 sheet")));
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Recheck_CorrectsWhatAnOldInstanceLeftStale_ATextThatIsGoneToo(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind, New);
        await AddAsync(press, New, "a", 1, 20);
        await using (var old = press.As("a", model: Old))
        {
            var rows = await old.Set<Sheet>().OrderBy(static s => s.Id).ToListAsync();
            (rows[2].Text, rows[5].Text, rows[9].Text) = ("moved on", null, "");
            await old.SaveChangesAsync();
        }

        await using var db = press.As(null, model: New);
        Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
        Assert.Equal(new BlindIndexState(null, "Sheet", Tokens, 0, 3, 0), Assert.Single(await db.Database.VerifyBlindIndexesAsync(s_recheck)));
        Assert.Equal(3, (await db.Database.FillBlindIndexesAsync(s_recheck)).Filled);
        Assert.True(Assert.Single(await db.Database.VerifyBlindIndexesAsync(s_recheck)).IsComplete);
        await using var asker = press.As("a", model: New);
        Assert.Equal(17, await asker.Set<Sheet>().CountAsync(static s => s.Text!.StartsWith("sheet")));
        Assert.Equal(3, (await asker.Set<Sheet>().SingleAsync(static s => EF.Functions.MatchesWords(s.Text, "moved"))).Id);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Fill_BesideOthersThatWrite_AndCancelled_LeavesNoTokenStale(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind, New);
        await AddAsync(press, Old, "a", 1, 150);
        int reports = 0;
        await using (var db = press.As(null, model: New))
        {
            using var stop = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => db.Database.FillBlindIndexesAsync(
                new BlindIndexFillOptions { BatchSize = 5 },
                new Hook(() =>
                {
                    if (++reports == 4)
                    {
                        stop.Cancel();
                    }
                }),
                stop.Token));
        }

        Assert.InRange(press.Count(Tokens), 1, 150 * 4);
        using var done = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (int i = 0; i < 120 && !done.IsCancellationRequested; i++)
            {
                await using var other = press.As("a", model: New);
                int id = 150 - i;
                (await other.Set<Sheet>().SingleAsync(s => s.Id == id)).Text = $"other {id}";
                await other.SaveChangesAsync();
            }
        });
        await using (var db = press.As(null, model: New))
        {
            await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 5 });
            await done.CancelAsync();
            await writer;
            Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
            Assert.True(Assert.Single(await db.Database.VerifyBlindIndexesAsync(s_recheck)).IsComplete);
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Versions_BesideEachOther_AreAllWritten_AndTheLowestIsAskedUntilItRetires(DatabaseKind kind)
    {
        await using var press = await Press.OpenAsync(kind, Both);
        await AddAsync(press, New, "a", 1, 10);
        Assert.Equal(10, await FoundAsync(Both));
        Assert.Equal(0, await FoundAsync(Retiring));
        await using (var db = press.As(null, model: Both))
        {
            Assert.Equal(10, (await db.Database.FillBlindIndexesAsync()).Filled);
            Assert.All(await db.Database.VerifyBlindIndexesAsync(s_recheck), static s => Assert.True(s.IsComplete));
        }

        await AddAsync(press, Retiring, "a", 11, 1);
        foreach (Action<ModelBuilder> model in (Action<ModelBuilder>[])[New, Both, Retiring])
        {
            Assert.Equal(11, await FoundAsync(model));
        }

        async Task<int> FoundAsync(Action<ModelBuilder> model)
        {
            await using var db = press.As("a", model: model);
            return await db.Set<Sheet>().CountAsync(static s => s.Text!.StartsWith("she"));
        }
    }

    private static async Task AddAsync(Press press, Action<ModelBuilder> model, string tenant, int first, int count)
    {
        await using var db = press.As(tenant, model: model);
        db.AddRange(Enumerable.Range(first, count).Select(id => new Sheet { Tenant = tenant, Id = id, Text = $"sheet {id}" }));
        await db.SaveChangesAsync();
    }

    private static void Old(ModelBuilder m) => Sheets(m);

    private static void New(ModelBuilder m) => Sheets(m).HasTextIndex(prefixFrom: 3, prefixTo: 5, words: true);

    private static void Both(ModelBuilder m)
    {
        New(m);
        Sheets(m).HasTextIndex(prefixFrom: 2, prefixTo: 6, words: true, version: 2);
    }

    private static void Retiring(ModelBuilder m)
    {
        Both(m);
        Sheets(m).HasTextIndex(prefixFrom: 3, prefixTo: 5, words: true).IsRetiring();
    }

    private static Microsoft.EntityFrameworkCore.Metadata.Builders.PropertyBuilder<string?> Sheets(ModelBuilder m)
    {
        m.Entity<Sheet>().HasTenant(static s => s.Tenant).HasKey(static s => new { s.Tenant, s.Id });
        return m.Entity<Sheet>().Property(static s => s.Text);
    }

    private sealed class Hook(Action heard) : IProgress<BlindIndexProgress>
    {
        public void Report(BlindIndexProgress value) => heard();
    }
}
