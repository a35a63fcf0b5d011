using System.Collections.Concurrent;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.Tests.Search;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Issue 4, must hold 3: a unique index is changed while rows are inserted, changed and deleted, and the filling is broken off again and again.
public sealed class IndexRotationTests(ITestOutputHelper output)
{
    private const int Rows = 600;
    private const int Writers = 4;
    private const int Kills = 8;

    private static readonly string[] s_tenants = ["a", "b"];
    private int _refused;
    private int _written;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Rotation_UnderWriters_LosesNothing_MissesNothing_AndLetsNoDuplicateIn(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        var expected = new ConcurrentDictionary<(string Tenant, int Id), string>();
        foreach (string tenant in s_tenants)
        {
            await school.AddAsync(School.Old, tenant, 0, Rows);
            foreach (int id in Enumerable.Range(0, Rows))
            {
                expected[(tenant, id)] = $"code {id}";
            }
        }

        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(school, writer, expected, done.Token))).ToList();
        var (kills, runs) = (0, 0);
        var random = new Random(7);
        long filled = 0;
        while (kills < Kills)
        {
            runs++;
            using var kill = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(5, 60)));
            await using var db = school.As(School.Both, null);
            var error = await Record.ExceptionAsync(async () => filled += (await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 20, MaxPerSecond = 1_500 }, null, kill.Token)).Filled);
            kills += error is OperationCanceledException ? 1 : error is null ? 0 : throw error;
            Assert.True(runs < 100, "The filling is not broken off: it ends too soon.");
        }

        long before = school.Count("\"Code_bi_v2\" IS NULL");
        await using (var db = school.As(School.Both, null))
        {
            var result = await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 20 });
            Assert.Equal(0, result.Failed);
            filled = result.Filled;
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        output.WriteLine($"{kind}: {kills} kills, {before} rows left to the last run, which filled {filled}; {_written} writes, {_refused} refused as duplicates");
        Assert.True(_written > 0 && _refused > 0);
        await CheckAsync(school, expected);
    }

    private static async Task CheckAsync(School school, ConcurrentDictionary<(string Tenant, int Id), string> expected)
    {
        await using (var db = school.As(School.Both, null))
        {
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), static state => Assert.True(state.IsComplete, state.ToString()));
        }

        foreach (string tenant in s_tenants)
        {
            await using var db = school.As(School.New, tenant);
            var rows = await db.Set<Pupil>().AsNoTracking().Where(pupil => pupil.School == tenant).ToListAsync();
            var mine = expected.Where(pair => pair.Key.Tenant == tenant).ToDictionary(static pair => pair.Key.Id, static pair => pair.Value);
            int lost = rows.Count(row => mine.GetValueOrDefault(row.Id) != row.Code) + mine.Keys.Except(rows.Select(static row => row.Id)).Count();
            Assert.Equal(0, lost);
            Assert.Equal(rows.Count, rows.Select(static row => row.Code).Distinct().Count());
            foreach (var chunk in rows.Chunk(200))
            {
                var codes = chunk.Select(static row => row.Code).ToList();
                var found = await db.Set<Pupil>().AsNoTracking().Where(pupil => codes.Contains(pupil.Code)).Select(static pupil => pupil.Id).ToListAsync();
                Assert.Equal(chunk.Select(static row => row.Id).Order(), found.Order());
            }
        }
    }

    // Each writer has rows of its own, so that it knows what they must hold; the values all take from one range, so that they collide.
    private async Task WriteAsync(School school, int writer, ConcurrentDictionary<(string Tenant, int Id), string> expected, CancellationToken done)
    {
        var random = new Random(writer);
        int next = Rows + writer;
        while (!done.IsCancellationRequested)
        {
            string tenant = s_tenants[random.Next(s_tenants.Length)];
            int id = (random.Next(Rows / Writers) * Writers) + writer;
            string code = $"code {random.Next(Rows * 2)}";
            await using var db = school.As(School.Both, tenant);
            try
            {
                switch (random.Next(4))
                {
                    case 0:
                        db.Add(new Pupil { School = tenant, Id = next, Code = code });
                        await db.SaveChangesAsync(CancellationToken.None);
                        expected[(tenant, next)] = code;
                        next += Writers;
                        break;
                    case 1 when expected.ContainsKey((tenant, id)):
                        await db.Set<Pupil>().Where(pupil => pupil.School == tenant && pupil.Id == id).ExecuteDeleteAsync(CancellationToken.None);
                        expected.TryRemove((tenant, id), out _);
                        break;
                    case 2 when await db.Set<Pupil>().SingleOrDefaultAsync(pupil => pupil.School == tenant && pupil.Id == id, CancellationToken.None) is { } pupil:
                        pupil.Code = code;
                        await db.SaveChangesAsync(CancellationToken.None);
                        expected[(tenant, id)] = code;
                        break;
                    case 3 when expected.ContainsKey((tenant, id)):
                        Assert.Equal(1, await db.Set<Pupil>().Where(pupil => pupil.School == tenant && pupil.Id == id)
                            .ExecuteUpdateAsync(set => set.SetProperty(static pupil => pupil.Code, code), CancellationToken.None));
                        expected[(tenant, id)] = code;
                        break;
                }

                Interlocked.Increment(ref _written);
            }
            catch (Exception error) when (error is DbUpdateException || error is System.Data.Common.DbException { SqlState: "23505" } || error.Message.Contains("UNIQUE constraint failed", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _refused);
            }
            catch (Exception error) when (error.GetBaseException() is System.Data.Common.DbException { SqlState: "40P01" })
            {
                // Two writers that wait for each other in the two unique indexes: PostgreSQL ends one of them, which has written nothing.
            }
        }
    }
}
