using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>
/// Four writers and four readers work while the command takes four columns from plaintext to cleared: no reader sees a value that the row never
/// had or has no more, no change is lost, equal numbers are refused throughout, and nothing of the plaintext is left in the files.
/// </summary>
public class WholeWayTests
{
    private const int Rows = 200;
    private const string Canary = "canary-of-a-note";

    private static readonly string[] s_columns = ["employees.ssn_encrypted", "employees.note_encrypted", "employees.salary_encrypted", "employees.born_encrypted"];

    private readonly int[] _written = new int[Rows];
    private readonly ConcurrentQueue<string> _mistakes = new();
    private volatile bool _oldWrites = true;
    private volatile bool _stops;
    private int _oldRunning;
    private int _reads;
    private int _writes;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Adoption_UnderLoad_LosesAndShowsNothing(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        await using (var old = firm.Old())
        {
            old.AddRange(Enumerable.Range(0, Rows).Select(static i => new Employee { Name = $"e{i}", Ssn = SsnOf(i), Note = NoteOf(0), Salary = 0, Born = new(2001, 2, 3) }));
            await old.SaveChangesAsync();
        }

        // The first save of the adopting version registers its columns.
        await using (var db = firm.Adopting())
        {
            (await db.Set<Employee>().FirstAsync(e => e.Name == "e0")).Born = new(2001, 2, 4);
            await db.SaveChangesAsync();
        }

        var work = Enumerable.Range(0, 4).Select(i => Task.Run(() => WriteAsync(firm, i))).Concat(Enumerable.Range(0, 4).Select(i => Task.Run(() => ReadAsync(firm, i)))).ToList();
        using var keys = firm.Node();
        await using var data = firm.Data();
        try
        {
            // Filled while old versions write, verified once they are gone.
            await StepAsync(AdoptStep.Adopt, fillOnly: true, AdoptionState.Dual);
            _oldWrites = false;
            while (Volatile.Read(ref _oldRunning) > 0)
            {
                await Task.Delay(10);
            }

            await StepAsync(AdoptStep.Adopt, fillOnly: false, AdoptionState.Verified);
            await Task.Delay(3_200);
            await StepAsync(AdoptStep.Complete, fillOnly: false, AdoptionState.Encrypted);
            await Task.Delay(3_200);
            await StepAsync(AdoptStep.Clear, fillOnly: false, AdoptionState.Cleared);
            await Task.Delay(300);
        }
        finally
        {
            _stops = true;
            await Task.WhenAll(work);
        }

        Assert.Empty(_mistakes);
        Assert.True(_reads > 20 && _writes > 20, $"{_reads} reads, {_writes} writes");
        await using (var db = firm.New())
        {
            foreach (var employee in await db.Set<Employee>().AsNoTracking().ToListAsync())
            {
                int number = int.Parse(employee.Name.AsSpan(1), CultureInfo.InvariantCulture);
                Assert.Equal((SsnOf(number), NoteOf(_written[number]), _written[number]), (employee.Ssn, employee.Note, employee.Salary));
            }
        }

        firm.Database.Execute("DROP INDEX \"IX_employees_ssn\"");
        foreach (string column in (string[])["ssn", "note", "salary", "born"])
        {
            Assert.Equal(0L, Convert.ToInt64(firm.Database.Scalar($"SELECT count({column}) FROM employees"), CultureInfo.InvariantCulture));
            firm.Database.Execute($"ALTER TABLE employees DROP COLUMN {column}");
        }

        Assert.Equal(-1, FilesOf(firm).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)));
        await using (var db = firm.New())
        {
            Assert.Equal("e7", (await db.Set<Employee>().SingleAsync(e => e.Ssn == SsnOf(7))).Name);
        }

        async Task StepAsync(AdoptStep step, bool fillOnly, AdoptionState end)
        {
            foreach (string column in s_columns)
            {
                var result = await keys.Keys.AdoptAsync(new AdoptOptions(column) { Step = step, FillOnly = fillOnly, MaxBatchSize = 50 }, data);
                Assert.Empty(result.Failures);
                Assert.Equal(end, result.State);
            }
        }
    }

    private static string SsnOf(int number) => string.Create(CultureInfo.InvariantCulture, $"000-{number}");

    private static string NoteOf(int count) => string.Create(CultureInfo.InvariantCulture, $"{Canary} {count}");

    /// <summary>Each writer has rows of its own; the odd ones are old versions for as long as these may run.</summary>
    private async Task WriteAsync(Firm firm, int writer)
    {
        var random = new Random(writer);
        while (!_stops)
        {
            int number = (random.Next(Rows / 4) * 4) + writer;
            try
            {
                int count = _written[number] + 1;
                if (writer % 2 == 1 && MayBeginOld())
                {
                    try
                    {
                        await using var old = firm.Old();
                        await old.Employees.Where(e => e.Ssn == SsnOf(number)).ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, NoteOf(count)).SetProperty(e => e.Salary, count));
                    }
                    finally
                    {
                        Interlocked.Decrement(ref _oldRunning);
                    }
                }
                else
                {
                    await using var db = firm.Adopting();
                    var employee = await db.Set<Employee>().SingleAsync(e => e.Ssn == SsnOf(number));
                    (employee.Note, employee.Salary) = (NoteOf(count), count);
                    await db.SaveChangesAsync();
                    if (random.Next(10) == 0)
                    {
                        db.Add(new Employee { Name = "twice", Ssn = SsnOf((number + 1) % Rows) });
                        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
                    }
                }

                Volatile.Write(ref _written[number], count);
                Interlocked.Increment(ref _writes);
            }
            catch (ColumnCryptException error) when (error.IsTransient)
            {
                // On a machine so busy that this node has not polled for the bound: it serves again by itself, and nothing was saved.
            }
            catch (Exception error)
            {
                _mistakes.Enqueue($"Writer {writer} of {number}: {error}");
                _stops = true;
            }

            await Task.Delay(5);
        }
    }

    private bool MayBeginOld()
    {
        Interlocked.Increment(ref _oldRunning);
        if (_oldWrites)
        {
            return true;
        }

        Interlocked.Decrement(ref _oldRunning);
        return false;
    }

    private async Task ReadAsync(Firm firm, int reader)
    {
        var random = new Random(100 + reader);
        while (!_stops)
        {
            int number = random.Next(Rows);
            try
            {
                await using var db = firm.Adopting();
                int before = Volatile.Read(ref _written[number]);
                var (note, salary) = random.Next(2) == 0
                    ? await db.Set<Employee>().AsNoTracking().Where(e => e.Ssn == SsnOf(number)).Select(e => ValueTuple.Create(e.Note, e.Salary)).SingleAsync()
                    : await db.Set<Employee>().SingleAsync(e => e.Ssn == SsnOf(number)) is var employee ? (employee.Note, employee.Salary) : default;

                // A writer counts once its save is over: one more may be there.
                int after = Volatile.Read(ref _written[number]) + 1;
                if (note != NoteOf(salary) || salary < before || salary > after)
                {
                    _mistakes.Enqueue($"Reader {reader} of {number}: '{note}' and {salary}, not from {before} to {after}");
                }

                Interlocked.Increment(ref _reads);
            }
            catch (ColumnCryptException error) when (error.IsTransient)
            {
                // As above.
            }
            catch (Exception error)
            {
                _mistakes.Enqueue($"Reader {reader} of {number}: {error}");
                _stops = true;
            }

            await Task.Delay(5);
        }
    }

    /// <summary>What the database's files hold of the table, after it was written anew without dead rows.</summary>
    private static byte[] FilesOf(Firm firm)
    {
        if (firm.Database.Kind == DatabaseKind.Sqlite)
        {
            firm.Database.Execute("VACUUM");
            firm.Database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            return firm.Database.Everything();
        }

        firm.Database.Execute("VACUUM FULL employees");
        firm.Database.Execute("CHECKPOINT");
        return (byte[])firm.Database.Scalar("SELECT pg_read_binary_file(pg_relation_filepath('employees'))")!;
    }
}
