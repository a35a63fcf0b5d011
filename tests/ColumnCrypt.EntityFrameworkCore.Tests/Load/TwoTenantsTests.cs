using System.Text;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Metadata;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Must hold 4: two tenants, eight threads each, pooled contexts, keys rotated and evicted meanwhile; PEERS 7, 14.
// COLUMNCRYPT_LONG=1 runs ten times as many operations.
public sealed class TwoTenantsTests
{
    private const string Marker = "plaintext-marker";
    private const int EnoughUnwraps = 10;

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
        string name = Guid.NewGuid().ToString("N");
        using var loads = new SynchronousLoads(name);
        var kek = new SwitchableKek();
        await using var services = new ServiceCollection()
            .AddColumnCrypt(name, cc => Configure(cc, kek, kind, folder))
            .AddDbContextPool<Ledger>(options => database.Configure(options).UseColumnCrypt<Ledger>(static _ => null, name))
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
        int rotations = 0;
        var pause = new Pause();
        var workers = Enumerable.Range(0, 16).Select(worker => Task.Run(() => WorkAsync(services, worker, pause, Take, () => Interlocked.Increment(ref wrong), limit.Token))).ToList();
        var rotation = RotateAsync(services.GetRequiredKeyedService<ColumnCryptInstance>(name), pause, count => Volatile.Write(ref rotations, count), rotating.Token);
        await Task.WhenAll(workers).ContinueWith(static _ => { }, TaskScheduler.Default);
        await rotating.CancelAsync();
        await rotation;

        Assert.All(workers.Where(static worker => worker.IsFaulted), static worker => Assert.Fail(worker.Exception!.ToString()));
        Assert.All(workers, static worker => Assert.True(worker.IsCompletedSuccessfully, "The load did not end within its limit."));
        Assert.Equal(0, wrong);
        Assert.True(loads.Count == 0, $"A thread was blocked:\n{string.Join("\n\n", loads.Stacks)}");
        Assert.True(rotations >= 1, "No key was rotated while the load ran.");
        Assert.True(kek.Unwraps > EnoughUnwraps, "No ring was evicted and loaded again while the load ran.");
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)));

        // A fast machine is through before a key was rotated and rings were evicted: then it goes on.
        bool Take(int rows) => Interlocked.Add(ref left, -rows) > -rows || Volatile.Read(ref rotations) < 1 || kek.Unwraps <= EnoughUnwraps;
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

    private static async Task WorkAsync(IServiceProvider services, int worker, Pause pause, Func<int, bool> take, Action wrong, CancellationToken cancellationToken)
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
            await db.SaveChangesAsync(cancellationToken);
            known.AddRange(added.Select(static entry => entry.Id));
            db.ChangeTracker.Clear();

            var ids = Enumerable.Range(0, 8).Select(_ => known[random.Next(known.Count)]).Distinct().ToList();
            var read = await db.Entries.Where(entry => ids.Contains(entry.Id)).ToListAsync(cancellationToken);
            if (read.Count != ids.Count || read.Any(static entry => !entry.IsRight()))
            {
                wrong();
            }

            read[0].Touch();
            await db.SaveChangesAsync(cancellationToken);
            if (await db.Entries.AsNoTracking().Where(entry => entry.Id == read[0].Id).Select(static entry => entry.Text).SingleAsync(cancellationToken) != read[0].Text)
            {
                wrong();
            }
        }
    }

    /// <summary>Rotates the keys of both tenants, again and again, and reports how many keys have been succeeded by another.</summary>
    private static async Task RotateAsync(ColumnCryptInstance instance, Pause pause, Action<int> report, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(500, cancellationToken);

                // A ring on lease is not evicted: now and then nobody works, for two rounds of eviction.
                pause.Close();
                await Task.Delay(250, cancellationToken);
                pause.Open();
                int succeeded = 0;
                foreach (string tenant in (string[])["even", "odd"])
                {
                    var keys = await instance.Keys.ListKeysAsync(tenant, cancellationToken);
                    succeeded += keys.Count(static key => key.State == KeyState.Deactivated);
                    if (keys.Count > 0)
                    {
                        await instance.Keys.RotateAsync(tenant, cancellationToken);
                    }
                }

                report(succeeded);
            }
        }
        catch (OperationCanceledException)
        {
            // The load is done.
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
