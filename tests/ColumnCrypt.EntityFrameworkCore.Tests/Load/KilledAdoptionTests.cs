using System.Collections.Concurrent;
using System.Data.Common;
using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.TestHost;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Kek;
using ColumnCrypt.Manifest;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Old, adopting and new versions read and write through their contexts, processes of the adopting one are killed, and the operator adopts two columns
// meanwhile: one into another column, one in place. COLUMNCRYPT_LONG=1: ten times the writes before each kill.
public sealed class KilledAdoptionTests(ITestOutputHelper output) : IDisposable
{
    private const string Passphrase = "a passphrase for tests";

    // Rows that nobody writes, and those of three writers.
    private const int Still = 10;
    private const int Each = 10;
    private const int All = Still + (3 * Each);

    private static readonly string[] s_columns = ["contacts.phone_encrypted", "contacts.remark"];
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(3);
    private static readonly int s_writes = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 300 : 30;

    private readonly TempFolder _folder = new();
    private readonly ContactRows _rows = new(All);
    private readonly ConcurrentQueue<string> _wrong = [];
    private int _reads;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Adoption_WhileVersionsWorkAndAreKilled_ShowsNoWrongValue_AndLosesNone(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        FileKek.Create(_folder.File("kek.json"), Passphrase, new FileKekOptions { Iterations = 100_000 });
        Environment.SetEnvironmentVariable("COLUMNCRYPT_PASSPHRASE", Passphrase);
        string rows, keys = $"Data Source={_folder.File("keys.db")}";
        await using (var connection = database.Connect())
        {
            rows = connection.ConnectionString;
        }

        string[] arguments = [kind == DatabaseKind.PostgreSql ? "postgresql" : "sqlite", rows, kind == DatabaseKind.PostgreSql ? rows : keys, _folder.File("kek.json")];
        await using var application = new Application(arguments[0], arguments[1], arguments[2], arguments[3], s_bound);
        await using var operators = new Application(arguments[0], arguments[1], arguments[2], arguments[3], s_bound);
        await using DbDataSource data = kind == DatabaseKind.PostgreSql ? NpgsqlDataSource.Create(rows) : SqliteFactory.Instance.CreateDataSource(rows);
        await BeginAsync(application);

        // Old and adopting versions, of which one is killed.
        using var done = new CancellationTokenSource();
        using var oldDone = new CancellationTokenSource();
        var readers = new List<Task> { ReadAsync(application, AdoptionVersion.Adopting, done.Token), ReadAsync(application, AdoptionVersion.Old, oldDone.Token) };
        var old = WriteAsync(application, AdoptionVersion.Old, Still..(Still + Each), oldDone.Token);
        var adopting = WriteAsync(application, AdoptionVersion.Adopting, (Still + Each)..(Still + (2 * Each)), done.Token);
        await KillAsync(arguments, AdoptionVersion.Adopting, () => StepAsync(operators, data, AdoptStep.Adopt, fillOnly: true));
        await KillAsync(arguments, AdoptionVersion.Adopting, () => StepAsync(operators, data, AdoptStep.Adopt, fillOnly: true));
        await oldDone.CancelAsync();
        await Task.WhenAll(old, readers[1]);

        // Without the old one.
        var taken = WriteAsync(application, AdoptionVersion.Adopting, Still..(Still + Each), done.Token);
        await KillAsync(arguments, AdoptionVersion.Adopting, async () =>
        {
            await StepAsync(operators, data, AdoptStep.Adopt);
            await Task.Delay(s_bound + TimeSpan.FromMilliseconds(300));
            await StepAsync(operators, data, AdoptStep.Complete, end: AdoptionState.Encrypted);
        });

        // And with the new one.
        await Task.Delay(s_bound + TimeSpan.FromMilliseconds(300));
        readers.Add(ReadAsync(application, AdoptionVersion.New, done.Token));
        await KillAsync(arguments, AdoptionVersion.New, async () => Assert.Empty((await operators.Keys.Keys.AdoptAsync(new AdoptOptions(s_columns[0]) { Step = AdoptStep.Clear }, data)).Failures));
        await done.CancelAsync();
        await Task.WhenAll([.. readers, adopting, taken]);

        output.WriteLine($"{kind}: {_rows.Written} writes, {_reads} reads, {_wrong.Count} wrong");
        Assert.Empty(_wrong);
        Assert.True(_rows.Written > 4 * s_writes && _reads > s_writes);
        foreach (var version in (AdoptionVersion[])[AdoptionVersion.Adopting, AdoptionVersion.New])
        {
            await using var db = application.Open(version);
            var found = await db.Contacts.AsNoTracking().OrderBy(static c => c.Id).ToListAsync();
            Assert.Equal(Enumerable.Range(0, All), found.Select(static c => c.Id));
            Assert.All(found, row => Assert.InRange(row.CountAs(version), _rows.AtLeast(row.Id), _rows.AtMost(row.Id)));
            foreach (var row in found)
            {
                Assert.Equal(row.Id, await db.Contacts.Where(c => c.Phone == row.Phone && c.Remark == row.Remark).Select(static c => c.Id).SingleAsync());
            }
        }

        Assert.Equal("0", database.Scalar("SELECT count(*) || '' FROM contacts WHERE phone IS NOT NULL OR remark NOT LIKE 'cc1:%'"));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task BeginAsync(Application application)
    {
        await using (var db = application.Open(AdoptionVersion.Adopting))
        {
            await db.Database.EnsureCreatedAsync();
        }

        await using (var old = application.Open(AdoptionVersion.Old))
        {
            old.AddRange(Enumerable.Range(0, All).Select(static id => new Contact { Id = id, Phone = Contact.TextOf(id, 0), Remark = Contact.TextOf(id, 0) }));
            await old.SaveChangesAsync();
        }

        // Registers the columns.
        await using var adopting = application.Open(AdoptionVersion.Adopting);
        adopting.Update(await adopting.Contacts.SingleAsync(static c => c.Id == 0));
        await adopting.SaveChangesAsync();
    }

    /// <summary>Kills a process once it has written, while an operator works, and again behind it.</summary>
    private async Task KillAsync(string[] arguments, AdoptionVersion version, Func<Task> operate)
    {
        using var first = Start();
        var operating = operate();
        await first.KillAfterAsync(s_writes);
        using var second = Start();
        await Task.WhenAll(operating, second.KillAfterAsync(s_writes));

        ContactProcess Start() => ContactProcess.Start(arguments, Passphrase, version, (All - Each)..All, s_bound, _rows);
    }

    private static async Task StepAsync(Application operators, DbDataSource data, AdoptStep step, bool fillOnly = false, AdoptionState? end = null)
    {
        foreach (string column in s_columns)
        {
            var result = await operators.Keys.Keys.AdoptAsync(new AdoptOptions(column) { Step = step, FillOnly = fillOnly, MaxBatchSize = 7 }, data);
            Assert.Empty(result.Failures);
            Assert.True(end is null || end == result.State, $"{column} is {result.State}.");
        }
    }

    private Task WriteAsync(Application application, AdoptionVersion version, Range range, CancellationToken done) =>
        Task.Run(() => ContactWriter.RunAsync(application, version, range, _rows.Try, _rows.Done, done), CancellationToken.None);

    private Task ReadAsync(Application application, AdoptionVersion version, CancellationToken done) => Task.Run(
        async () =>
        {
            var random = new Random((int)version);
            while (!done.IsCancellationRequested)
            {
                try
                {
                    await using var db = application.Open(version);
                    await ReadAsync(db, version, random.Next(All), random.Next(Still));
                    Interlocked.Increment(ref _reads);
                }
                catch (Exception error) when (Application.IsPassing(error))
                {
                    // A busy machine: the next one reads.
                }

                await Task.Delay(3, CancellationToken.None);
            }
        },
        CancellationToken.None);

    private async Task ReadAsync(ContactContext db, AdoptionVersion version, int id, int still)
    {
        int least = _rows.AtLeast(id);
        var entity = await db.Contacts.AsNoTracking().SingleAsync(c => c.Id == id);
        Check("entity", entity.CountAs(version));
        least = _rows.AtLeast(id);
        var parts = await db.Contacts.Where(c => c.Id == id).Select(static c => new { c.Phone, c.Remark }).SingleAsync();
        Check("projection", new Contact { Id = id, Phone = parts.Phone, Remark = parts.Remark }.CountAs(version));

        // Nobody writes these: they are always found.
        string text = Contact.TextOf(still, 0);
        if (await db.Contacts.Where(c => c.Phone == text).Select(static c => c.Id).ToListAsync() is not [var byPhone] || byPhone != still
            || (version != AdoptionVersion.Old && (await db.Contacts.Where(c => c.Remark == text).Select(static c => c.Id).ToListAsync() is not [var byRemark] || byRemark != still)))
        {
            _wrong.Enqueue($"{version}: row {still} is not found.");
        }

        void Check(string how, int count)
        {
            if (count < least)
            {
                _wrong.Enqueue($"{version}, {how}: row {id} was written {least} times and shows {count}.");
            }
        }
    }
}
