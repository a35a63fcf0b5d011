using System.Collections.Concurrent;
using ColumnCrypt.EntityFrameworkCore.TestHost;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

/// <summary>
/// Writers that insert, change and delete accounts, and know what each must hold: every writer has rows of its own. The numbers all take from one range, so
/// that they collide. Half of what they write is where the filling is.
/// </summary>
internal sealed class AccountWriters(Application application, int rows, int near)
{
    public const int Count = 4;

    // The filling, a process on the same machine, shall have some of it.
    private const int PauseMilliseconds = 5;

    public static readonly string[] Tenants = ["a", "b"];

    private int _position;
    private int _written;
    private int _refused;
    private volatile Step[] _steps = [Step.Both];

    /// <summary>What each row must hold.</summary>
    public ConcurrentDictionary<(string Tenant, int Id), string> Expected { get; } = new();

    /// <summary>How many writes there were.</summary>
    public int Written => _written;

    /// <summary>How many the database refused, because another row holds the number.</summary>
    public int Refused => _refused;

    /// <summary>The steps that the writers are at, neighbours of each other.</summary>
    public Step[] Steps
    {
        set => _steps = value;
    }

    /// <summary>How many rows the filling has looked at.</summary>
    public void Move(int processed) => Volatile.Write(ref _position, processed);

    /// <summary>Adds the rows that there are before the index is changed.</summary>
    public async Task AddAsync()
    {
        foreach (string tenant in Tenants)
        {
            await using var db = application.Open(Step.Old, tenant);
            db.AddRange(Enumerable.Range(0, rows).Select(id => new Account { Tenant = tenant, Id = id, Number = NumberOf(id) }));
            await db.SaveChangesAsync();
            foreach (int id in Enumerable.Range(0, rows))
            {
                Expected[(tenant, id)] = NumberOf(id);
            }
        }
    }

    /// <summary>Writes until told to end.</summary>
    public Task RunAsync(CancellationToken done) => Task.WhenAll(Enumerable.Range(0, Count).Select(writer => Task.Run(() => RunAsync(writer, done))));

    private async Task RunAsync(int writer, CancellationToken done)
    {
        var random = new Random(writer);
        int next = rows + writer;
        while (!done.IsCancellationRequested)
        {
            int position = Volatile.Read(ref _position);
            bool isNear = random.Next(2) == 0;
            string tenant = isNear ? Tenants[Math.Min(position / rows, Tenants.Length - 1)] : Tenants[random.Next(Tenants.Length)];
            int id = (isNear ? position + random.Next(near) : random.Next(rows)) % rows;
            id += writer - (id % Count);
            var steps = _steps;
            await using var db = application.Open(steps[random.Next(steps.Length)], tenant);
            try
            {
                if (await TryWriteAsync(db, tenant, id, next, NumberOf(random.Next(rows * 2)), random))
                {
                    next += Count;
                }

                Interlocked.Increment(ref _written);
            }
            catch (Exception error) when (IsRefusal(error.GetBaseException()))
            {
                Interlocked.Increment(ref _refused);
            }
            catch (Exception error) when (IsCollision(error.GetBaseException()))
            {
                // Another write in its place is as good.
            }

            await Task.Delay(PauseMilliseconds, CancellationToken.None);
        }
    }

    // True where the next id is used up.
    private async Task<bool> TryWriteAsync(AccountContext db, string tenant, int id, int next, string number, Random random)
    {
        switch (random.Next(8))
        {
            case 0 or 1:
                db.Add(new Account { Tenant = tenant, Id = next, Number = number });
                await db.SaveChangesAsync();
                Expected[(tenant, next)] = number;
                return true;
            case 2 when Expected.ContainsKey((tenant, id)):
                Assert.Equal(1, await db.Accounts.Where(account => account.Tenant == tenant && account.Id == id).ExecuteDeleteAsync());
                Expected.TryRemove((tenant, id), out _);
                break;
            case 3 or 4 or 5 when await db.Accounts.SingleOrDefaultAsync(account => account.Tenant == tenant && account.Id == id) is { } found:
                found.Number = number;
                await db.SaveChangesAsync();
                Expected[(tenant, id)] = number;
                break;
            case 6 or 7 when Expected.ContainsKey((tenant, id)):
                Assert.Equal(1, await db.Accounts.Where(account => account.Tenant == tenant && account.Id == id)
                    .ExecuteUpdateAsync(set => set.SetProperty(static account => account.Number, number)));
                Expected[(tenant, id)] = number;
                break;
        }

        return false;
    }

    private static bool IsRefusal(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
        || (error is SqliteException && error.Message.Contains("UNIQUE constraint failed", StringComparison.Ordinal));

    // A deadlock with the filling, or a file that is locked while one recovers it that another was killed at.
    private static bool IsCollision(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected } or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY };

    private static string NumberOf(int number) => $"account {number}";
}
