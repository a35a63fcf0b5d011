using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.TestHost;
using ColumnCrypt.Kek;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Issue 4, must hold 3: a unique index goes from version 1 to 2 while rows are inserted, changed and deleted, and the process that fills it is killed
// at random moments and started again. COLUMNCRYPT_LONG=1: twenty times the rows and eight times the kills.
public sealed class KilledRotationTests(ITestOutputHelper output)
{
    private const string Passphrase = "a passphrase for tests";
    private const int Batch = 100;

    private static readonly int s_rows = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 30_000 : 1_500;
    private static readonly int s_kills = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 24 : 3;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Rotation_WhoseFillingIsKilled_LosesNothing_MissesNothing_AndLetsNoDuplicateIn(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        using var folder = new TempFolder();
        FileKek.Create(folder.File("kek.json"), Passphrase, new FileKekOptions { Iterations = 100_000 });
        string[] arguments = ArgumentsOf(database, folder);

        // Read when the KEK is opened, which the file and the environment say, as in the process that fills.
        Environment.SetEnvironmentVariable("COLUMNCRYPT_PASSPHRASE", Passphrase);
        await using var application = new Application(arguments[0], arguments[1], arguments[2], arguments[3]);
        await using (var db = application.Open(Step.Both, null))
        {
            await db.Database.EnsureCreatedAsync();
        }

        var writers = new AccountWriters(application, s_rows, near: Batch * 2);
        await writers.AddAsync();
        int all = s_rows * AccountWriters.Tenants.Length;
        using var done = new CancellationTokenSource();
        var writing = writers.RunAsync(done.Token);
        var random = new Random(11);
        List<long> missing = [Missing(database)];
        for (int kill = 0; kill < s_kills; kill++)
        {
            using var process = FillProcess.Start(arguments, Passphrase, Batch, all / 2);
            int part = all / (s_kills + 1);
            Assert.True(await process.ReachAsync((part * kill) + random.Next(part), writers.Move), "The filling ended before it was killed.");
            await Task.Delay(random.Next(60));
            await process.KillAsync();
            missing.Add(Missing(database));
        }

        // What is filled stays filled: the last run has less to do than a first one.
        Assert.True(missing[^1] < all / 2, $"{missing[^1]} of {all} rows are not filled after {s_kills} runs.");
        int filled;
        using (var last = FillProcess.Start(arguments, Passphrase, Batch, all))
        {
            (filled, int failed) = await last.FinishAsync(writers.Move);
            Assert.Equal(0, failed);
            Assert.InRange(filled, 0, missing[^1]);
        }

        Assert.Equal(0, Missing(database));
        if (writing.IsCompleted)
        {
            // One has failed.
            await writing;
        }

        // The rest of the rotation, while they write.
        foreach (var steps in new Step[][] { [Step.Both, Step.Retiring], [Step.Retiring, Step.New], [Step.New] })
        {
            writers.Steps = steps;
            await Task.Delay(500);
        }

        await done.CancelAsync();
        await writing;
        output.WriteLine($"{kind}: rows without the new index after each kill: {string.Join(", ", missing)}; the last run filled {filled}; {writers.Written} writes, {writers.Refused} refused");
        Assert.True(writers.Written > 0 && writers.Refused > 0);
        await CheckAsync(application, writers);
    }

    private static async Task CheckAsync(Application application, AccountWriters writers)
    {
        await using (var db = application.Open(Step.New, null))
        {
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), static state => Assert.True(state.IsComplete, state.ToString()));
        }

        foreach (string tenant in AccountWriters.Tenants)
        {
            await using var db = application.Open(Step.New, tenant);
            var rows = await db.Accounts.AsNoTracking().Where(account => account.Tenant == tenant).ToListAsync();
            var mine = writers.Expected.Where(pair => pair.Key.Tenant == tenant).ToDictionary(static pair => pair.Key.Id, static pair => pair.Value);
            int lost = rows.Count(row => mine.GetValueOrDefault(row.Id) != row.Number) + mine.Keys.Except(rows.Select(static row => row.Id)).Count();
            Assert.Equal(0, lost);
            Assert.Equal(rows.Count, rows.Select(static row => row.Number).Distinct().Count());
            foreach (var chunk in rows.Chunk(200))
            {
                var numbers = chunk.Select(static row => row.Number).ToList();
                var found = await db.Accounts.AsNoTracking().Where(account => numbers.Contains(account.Number)).Select(static account => account.Id).ToListAsync();
                Assert.Equal(chunk.Select(static row => row.Id).Order(), found.Order());
            }
        }
    }

    private static long Missing(TestDatabase database) => Convert.ToInt64(database.Scalar("SELECT count(*) FROM \"Accounts\" WHERE \"Number_bi_v2\" IS NULL"), null);

    private static string[] ArgumentsOf(TestDatabase database, TempFolder folder)
    {
        using var connection = database.Connect();
        return database.Kind == DatabaseKind.PostgreSql
            ? ["postgresql", connection.ConnectionString, connection.ConnectionString, folder.File("kek.json")]
            : ["sqlite", connection.ConnectionString, $"Data Source={folder.File("keys.db")}", folder.File("kek.json")];
    }
}
