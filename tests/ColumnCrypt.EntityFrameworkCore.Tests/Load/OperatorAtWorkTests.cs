using System.Collections.Concurrent;
using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Store.Sql;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

// Issue 3, must hold 2: readers and writers on two nodes while an operator rewraps, retires KEKs, rotates, suspends and resumes; and a
// third node that is cut off from the key store. COLUMNCRYPT_LONG=1 works for three minutes.
public sealed class OperatorAtWorkTests(ITestOutputHelper output)
{
    private const int Workers = 8;

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(3);
    private static readonly string[] s_tenants = ["acme", "globex", "initech", "umbrella"];
    private static readonly string[] s_keks = ["test:first", "test:second"];

    private readonly TestDatabase _database = new(DatabaseKind.PostgreSql);
    private readonly string _keyTables = PostgreSqlServer.Shared.CreateDatabase();
    private readonly SwitchableKek[] _keks = [.. s_keks.Select(static uri => new SwitchableKek(uri))];
    private readonly ConcurrentQueue<Request> _requests = [];
    private int _wrong;

    [Fact]
    public async Task Load_WhileAnOperatorWorks_FailsOnlyWhereANewStateDemandsIt()
    {
        var length = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? TimeSpan.FromMinutes(3) : TimeSpan.FromSeconds(10);
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var third = await StartAsync();
        await using var store = OpenStore();
        using var operators = ColumnCryptInstance.Create(cc => Configure(cc, store));
        using var done = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(worker % 2 == 0 ? first : second, worker, done.Token))).ToList();
        await Task.WhenAll(workers.Select((_, worker) => UntilAsync(() => Task.FromResult(_requests.Any(request => request.Worker == worker)))));

        List<(long From, long Until, long Resumed)> suspensions = [];
        var watch = Stopwatch.StartNew();
        int rounds = 0;
        while (rounds < 1 || watch.Elapsed < length)
        {
            await MoveAsync(operators.Keys, third, s_keks[rounds % 2], s_keks[(rounds + 1) % 2]);
            await operators.Keys.RotateAsync(s_tenants[1]);
            await operators.Keys.RotateAsync(s_tenants[2]);
            suspensions.Add(await SuspendAsync(operators.Keys, first, second, third));
            await operators.Keys.RotateAsync(s_tenants[3]);
            rounds++;
        }

        await done.CancelAsync();
        await Task.WhenAll(workers);

        var refused = _requests.Where(static request => request.Error is not null).ToList();
        output.WriteLine($"{_requests.Count} requests in {watch.Elapsed.TotalSeconds:f1} s, {refused.Count} refused, {rounds} rounds of rewrap, retirement, rotation and suspension");
        Assert.Equal(0, _wrong);
        Assert.All(refused, request => Assert.True(
            request is { Tenant: "acme", Error: KeyUnavailableException or DbUpdateException { InnerException: KeyUnavailableException } }
                && suspensions.Any(s => request.Ended >= s.From && request.Began <= s.Resumed + Ticks(s_bound)),
            $"{request.Tenant}: {request.Error}"));
        Assert.DoesNotContain(_requests, request => request is { Tenant: "acme", Error: null }
            && suspensions.Any(s => request.Began > s.Until && request.Ended < s.Resumed));
        Assert.NotEmpty(refused);
        Assert.Contains(await operators.Keys.ListKeysAsync("globex"), static key => key.State == KeyState.Deactivated);
        await operators.Keys.CheckpointAuditAsync();
        var verdict = await operators.Keys.VerifyAuditAsync();
        Assert.True(verdict.IsValid, verdict.Finding);
        _database.Dispose();
    }

    // Both runs of a rewrap, then the old KEK's retirement: the second run waits until every node has unwrapped through the new one, which
    // a node does that is used.
    private static async Task MoveAsync(IKeyManager keys, Node idle, string from, string to)
    {
        await keys.AddKekAsync(to, 0, "test");
        Assert.Empty((await keys.RewrapAsync(new RewrapOptions(to) { BatchSize = 2 })).Failures);
        await UntilAsync(async () =>
        {
            await idle.ReadAsync("globex");
            try
            {
                return (await keys.RewrapAsync(new RewrapOptions(to) { BatchSize = 2, Phase = RewrapPhase.Drop })).Failures.Count == 0;
            }
            catch (KekInUseException)
            {
                return false;
            }
        });
        await keys.RetireKekAsync(from, "test");
    }

    // Every key of the tenant is suspended: its rows are under several versions. Meanwhile the third node is cut off.
    private async Task<(long From, long Until, long Resumed)> SuspendAsync(IKeyManager keys, Node first, Node second, Node third)
    {
        await third.ReadAsync("globex");
        long from = Stopwatch.GetTimestamp();
        third.Store.Unreachable = true;
        var suspended = (await keys.ListKeysAsync("acme")).Where(static key => key.State is KeyState.Active or KeyState.Deactivated or KeyState.PreActive).ToList();
        foreach (var key in suspended)
        {
            await keys.SuspendAsync(key.KeyId, "test");
        }

        await Task.Delay(s_bound);
        long until = Stopwatch.GetTimestamp();
        foreach (var node in (Node[])[first, second])
        {
            await Assert.ThrowsAsync<KeyUnavailableException>(() => node.ReadAsync("acme"));
            await node.ReadAsync("globex");
        }

        foreach (string tenant in s_tenants)
        {
            Assert.True((await Assert.ThrowsAsync<KeyUnavailableException>(() => third.ReadAsync(tenant))).IsTransient);
        }

        long resumed = Stopwatch.GetTimestamp();
        third.Store.Unreachable = false;
        foreach (var key in suspended)
        {
            await keys.ResumeAsync(key.KeyId, "test");
        }

        await UntilAsync(async () => await ReadsAsync(first) && await ReadsAsync(second) && await ReadsAsync(third));
        return (from, until, resumed);

        static async Task<bool> ReadsAsync(Node node) => await Record.ExceptionAsync(() => node.ReadAsync("acme")) is null;
    }

    private async Task WorkAsync(Node node, int worker, CancellationToken done)
    {
        var random = new Random(worker);
        var known = s_tenants.ToDictionary(static tenant => tenant, static _ => new List<Guid>(), StringComparer.Ordinal);
        for (int i = 0; !done.IsCancellationRequested; i++)
        {
            string tenant = s_tenants[i % s_tenants.Length];
            long began = Stopwatch.GetTimestamp();
            var error = await Record.ExceptionAsync(() => RequestAsync(node, tenant, known[tenant], random));
            _requests.Enqueue(new Request(worker, tenant, began, Stopwatch.GetTimestamp(), error));
        }
    }

    private async Task RequestAsync(Node node, string tenant, List<Guid> known, Random random)
    {
        await using var scope = node.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Notes>();
        db.UseTenant(tenant);
        var added = Enumerable.Range(0, 3).Select(_ => Note.New(tenant)).ToList();
        db.AddRange(added);
        await db.SaveChangesAsync();
        known.AddRange(added.Select(static note => note.Id));
        db.ChangeTracker.Clear();

        var ids = Enumerable.Range(0, 8).Select(_ => known[random.Next(known.Count)]).Distinct().ToList();
        var read = await db.All.Where(note => ids.Contains(note.Id)).ToListAsync();
        if (read.Count != ids.Count || read.Any(static note => !note.IsRight()))
        {
            Interlocked.Increment(ref _wrong);
        }

        read[0].Touch();
        await db.SaveChangesAsync();
    }

    private async Task<Node> StartAsync()
    {
        var node = new Node(_database, OpenStore(), Configure);
        await using var scope = node.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Notes>();
        await db.Database.EnsureCreatedAsync();
        foreach (string tenant in s_tenants)
        {
            db.UseTenant(tenant);
            db.Add(Note.New(tenant));
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
        }

        return node;
    }

    private void Configure(ColumnCryptBuilder cc, IKeyStore store)
    {
        cc.AddKekProvider(new ChoosingProvider([.. _keks.Select(static kek => kek.Twin())]));
        foreach (string kek in s_keks)
        {
            cc.UseKek(kek);
        }

        cc.UseKeyStore(() => store);
        (cc.Bounds.RevocationBound, cc.Bounds.PollInterval, cc.Bounds.RefreshInterval) = (s_bound, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1));
    }

    private SqlKeyStore OpenStore() => PostgreSqlKeyStore.Open(_keyTables, new PostgreSqlKeyStoreOptions { CreateTables = true, Timeout = TimeSpan.FromSeconds(30) });

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        var watch = Stopwatch.StartNew();
        while (!await happened())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "What the test waits for has not happened within 60 s.");
            await Task.Delay(50);
        }
    }

    private sealed record Request(int Worker, string Tenant, long Began, long Ended, Exception? Error);

    /// <summary>A process of the application.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly SqlKeyStore _store;

        public Node(TestDatabase database, SqlKeyStore store, Action<ColumnCryptBuilder, IKeyStore> configure)
        {
            string name = Guid.NewGuid().ToString("N");
            _store = store;
            Store = new MeddlingKeyStore(store);
            Services = new ServiceCollection()
                .AddColumnCrypt(name, cc => configure(cc, Store))
                .AddDbContextPool<Notes>(options => database.Configure(options).UseColumnCrypt<Notes>(static _ => null, name))
                .BuildServiceProvider();
        }

        public MeddlingKeyStore Store { get; }

        public ServiceProvider Services { get; }

        /// <summary>Reads some rows of a tenant.</summary>
        public async Task ReadAsync(string tenant)
        {
            await using var scope = Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Notes>();
            db.UseTenant(tenant);
            var read = await db.All.AsNoTracking().Where(note => note.Tenant == tenant).OrderBy(static note => note.Id).Take(3).ToListAsync();
            Assert.All(read, static note => Assert.True(note.IsRight()));
            Assert.NotEmpty(read);
        }

        public async ValueTask DisposeAsync()
        {
            await Services.DisposeAsync();
            await _store.DisposeAsync();
        }
    }

    private sealed class Notes(DbContextOptions<Notes> options) : DbContext(options)
    {
        public DbSet<Note> All => Set<Note>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Note>().HasTenant(static note => note.Tenant);
    }

    private sealed class Note
    {
        public Guid Id { get; set; }

        public string Tenant { get; set; } = "";

        public int Version { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";

        public static Note New(string tenant)
        {
            var note = new Note { Id = Guid.CreateVersion7(), Tenant = tenant };
            note.Touch();
            return note;
        }

        public void Touch()
        {
            Version++;
            Text = Expected();
        }

        public bool IsRight() => Text == Expected();

        private string Expected() => $"{Tenant} {Id} {Version}";
    }
}
