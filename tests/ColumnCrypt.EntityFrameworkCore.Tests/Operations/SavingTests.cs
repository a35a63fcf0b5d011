using System.Collections.Concurrent;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Record = ColumnCrypt.EntityFrameworkCore.Tests.Tenancy.Record;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Must hold 6, 7, 8, 9 (PEERS 2, 3, 5)
public class SavingTests : IAsyncDisposable
{
    private readonly TestDatabase _database = new();
    private readonly GatedKek _kek = new();
    private readonly string _name = Guid.NewGuid().ToString();
    private readonly InMemoryKeyStore _store = new();
    private readonly ColumnCryptInstance _keys;

    public SavingTests()
    {
        _keys = Node();
        Open().Database.EnsureCreated();
    }

    [Fact]
    public async Task Entity_BeforeDuringAndAfterASave_IsPlaintext()
    {
        var watcher = new Watcher();
        await using var db = Open(o => o.AddInterceptors(watcher));
        var record = new Record { TenantId = "t1", Text = "plain" };
        watcher.Look = () => record.Text;
        db.Add(record);
        await db.SaveChangesAsync();
        record.Text = "changed";
        db.SaveChanges();
        Assert.Equal(4, watcher.Seen.Count);
        Assert.Equal(["plain", "plain", "changed", "changed"], watcher.Seen);
        Assert.Equal("changed", db.Entry(record).CurrentValues.GetValue<string>("Text"));
        Assert.Equal("changed", db.Entry(record).OriginalValues.GetValue<string>("Text"));
        Assert.Equal("changed", (string)(await db.Entry(record).GetDatabaseValuesAsync())!["Text"]!);
        await db.Entry(record).ReloadAsync();
        Assert.Equal("changed", record.Text);
        Assert.Same(record, await db.FindAsync<Record>(record.Id));
    }

    [Fact]
    public async Task Entity_AfterAFailedSave_IsPlaintextAndCanBeSavedAgain()
    {
        await using var db = Open();
        var record = new Record { Id = 7, TenantId = "t1", Text = "first" };
        db.Add(record);
        await db.SaveChangesAsync();
        await using var other = Open();
        var twin = new Record { Id = 7, TenantId = "t1", Text = "twin" };
        other.Add(twin);
        await Assert.ThrowsAsync<DbUpdateException>(() => other.SaveChangesAsync());
        Assert.Equal("twin", twin.Text);
        other.ChangeTracker.Clear();
        twin.Id = 8;
        other.Add(twin);
        await other.SaveChangesAsync();
        Assert.Equal(["first", "twin"], await db.Records.AsNoTracking().OrderBy(r => r.Id).Select(r => r.Text).ToListAsync());
    }

    [Fact]
    public async Task RetryingStrategy_WhenASaveOrQueryIsRetried_EncryptsAndReadsRight()
    {
        var failing = new FailOnce();
        await using var db = new RecordContext(((DbContextOptionsBuilder<RecordContext>)new DbContextOptionsBuilder<RecordContext>()
            .UseSqlite(_database.Connect(), static s => s.ExecutionStrategy(static d => new RetryingStrategy(d))))
            .AddInterceptors(failing)
            .UseColumnCrypt(static c => c.Tenant, _keys)
            .Options) { Tenant = "t1" };
        db.Add(new Record { TenantId = "t1", Text = "x" });
        failing.Armed = true;
        await db.SaveChangesAsync();
        failing.Armed = true;
        Assert.Equal("x", await db.Records.Select(r => r.Text).SingleAsync());
        failing.Armed = true;
        Assert.Equal(1, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, "y")));
        await db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.ChangeTracker.Clear();
            db.Add(new Record { TenantId = "t1", Text = "z" });
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        });
        Assert.Equal(["y", "z"], await db.Records.OrderBy(r => r.Id).Select(r => r.Text).ToListAsync());
        Assert.Equal(3, failing.Failures);
    }

    [Fact]
    public async Task Transaction_WhenRolledBackOrSwitchedOff_KeepsKeysAndRowsApart()
    {
        await using var db = Open();
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            db.Add(new Record { TenantId = "t1", Text = "gone" });
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        db.ChangeTracker.Clear();
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        db.Add(new Record { TenantId = "t1", Text = "kept" });
        await db.SaveChangesAsync();
        Assert.Equal("kept", (await Open().Records.SingleAsync()).Text);
    }

    [Fact]
    public async Task ReadPath_OfEveryKind_IsDecrypted()
    {
        await using var db = Open();
        db.AddRange(Enumerable.Range(0, 3).Select(static i => new Record { TenantId = "t1", Text = $"row {i}" }));
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        var byId = EF.CompileQuery((RecordContext c, int id) => c.Records.Where(r => r.Id == id).Select(r => r.Text).Single());
        var all = EF.CompileAsyncQuery((RecordContext c) => c.Records.OrderBy(r => r.Id).Select(r => r.Text));
        Assert.Equal("row 1", byId(db, 2));
        var compiled = all(db);
        for (var round = 0; round < 2; round++)
        {
            List<string> texts = [];
            await foreach (string text in compiled)
            {
                texts.Add(text);
            }

            Assert.Equal(["row 0", "row 1", "row 2"], texts);
        }

        Assert.Equal("row 0", (await db.Records.FromSqlRaw("""SELECT * FROM "Records" """).OrderBy(r => r.Id).FirstAsync()).Text);
        Assert.Equal("row 2", (await db.Records.FindAsync(3))!.Text);
        Assert.Equal(3, db.Records.AsNoTracking().AsEnumerable().Count(r => r.Text.StartsWith("row", StringComparison.Ordinal)));
        Assert.Equal("row 0", (await db.Records.AsSplitQuery().OrderBy(r => r.Id).FirstAsync()).Text);
        Assert.Equal("row 0", db.Records.OrderBy(r => r.Id).Select(r => EF.Property<string>(r, "Text")).First());
    }

    [Fact]
    public async Task AsynchronousCalls_WithColdKeys_NeverBlock()
    {
        using var loads = new SynchronousLoads(_name);
        await using (var db = Open())
        {
            db.Add(new Record { TenantId = "t1", Text = "x" });
            await db.SaveChangesAsync();
        }

        await using (var db = Open("t2"))
        {
            db.Add(new Record { TenantId = "t2", Text = "x" });
            db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
            await db.SaveChangesAsync();
        }

        foreach (var query in new Func<RecordContext, Task>[]
                 {
                     static async db => Assert.Equal("x", await db.Records.Where(r => r.TenantId == "t1").Select(r => r.Text).FirstAsync()),
                     static async db => Assert.NotEqual(0, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Other, "y"))),
                     static async db => Assert.NotNull(await db.FindAsync<Record>(1)),
                     static async db =>
                     {
                         await foreach (var record in db.Records.Where(r => r.TenantId == "t1").AsAsyncEnumerable())
                         {
                             Assert.Equal("x", record.Text);
                         }
                     },
                 })
        {
            await using var cold = Node();
            await using var db = Open(keys: cold);
            await query(db);
        }

        Assert.Equal(0, loads.Count);
        await using var last = Node();
        Assert.Equal("x", Open(keys: last).Records.Where(r => r.TenantId == "t1").Select(r => r.Text).First());
        Assert.Equal(1, loads.Count);
    }

    [Fact]
    public async Task SynchronousCalls_AfterUnlock_DoNotBlockEither()
    {
        using var loads = new SynchronousLoads(_name);
        await using var db = Open();
        await db.UnlockAsync(values: 10);
        long afterUnlock = loads.Count;
        db.Add(new Record { TenantId = "t1", Text = "x" });
        db.SaveChanges();
        db.ChangeTracker.Clear();
        Assert.Equal("x", db.Records.Single().Text);
        Assert.Equal(1, db.Records.ExecuteUpdate(s => s.SetProperty(r => r.Text, "y")));
        Assert.Equal(afterUnlock, loads.Count);
    }

    [Fact]
    public async Task KekCalls_ForManyValues_AreOnePerKey()
    {
        await using (var db = Open())
        {
            db.AddRange(Enumerable.Range(0, 2000).Select(static i => new Record { TenantId = "t1", Text = $"row {i}", Other = "x" }));
            await db.SaveChangesAsync();
        }

        // Two keys are made, the installation's and the tenant's, and each may be read back once.
        Assert.InRange(_kek.Calls, 2, 4);
        int before = _kek.Calls;
        await using var again = Open();
        Assert.Equal(2000, (await again.Records.ToListAsync()).Count);
        Assert.Equal(before, _kek.Calls);
    }

    [Fact]
    public async Task Cancellation_DuringAKeyLoad_LeavesNothingHalfDone()
    {
        var gate = new TaskCompletionSource();
        _kek.Gate = gate.Task;
        await using var db = Open();
        db.Add(new Record { TenantId = "t1", Text = "x" });
        using var cancellation = new CancellationTokenSource();
        var save = db.SaveChangesAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        Assert.Equal(0L, _database.Scalar("""SELECT COUNT(*) FROM "Records" """));
        Assert.Equal(EntityState.Added, db.ChangeTracker.Entries().Single().State);
        gate.SetResult();
        await db.SaveChangesAsync();
        Assert.Equal("x", (await Open().Records.SingleAsync()).Text);
    }

    [Fact]
    public async Task Log_OfEntityFramework_ShowsCiphertextOnly()
    {
        var log = new ConcurrentQueue<string>();
        await using var db = Open(o => o.LogTo(log.Enqueue, [RelationalEventId.CommandExecuting, RelationalEventId.CommandExecuted, RelationalEventId.CommandError]).EnableSensitiveDataLogging());
        db.Add(new Record { TenantId = "t1", Text = "canary text", Other = "canary other" });
        await db.SaveChangesAsync();
        string captured = "canary captured";
        await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, captured));
        await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, r => "canary constant"));
        Assert.Equal("canary constant", await db.Records.Select(r => r.Text).SingleAsync());
        Assert.Contains(log, static line => line.Contains("INSERT INTO", StringComparison.Ordinal) && line.Contains("='0xC1", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(log, static line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Diagnostics_OfAFullRun_ShowNoPlaintext()
    {
        var log = new ConcurrentQueue<string>();
        await using (var db = Open(o => o.LogTo(log.Enqueue, Microsoft.Extensions.Logging.LogLevel.Trace)))
        {
            var record = new Record { Id = 5, TenantId = "t1", Text = "canary text", Other = "canary other" };
            db.Add(record);
            await db.SaveChangesAsync();
            record.Text = "canary changed";
            await db.SaveChangesAsync();
            string captured = "canary captured";
            await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, captured));
            Assert.Equal("canary captured", (await db.Records.AsNoTracking().SingleAsync()).Text);
            log.Enqueue((await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Records.Where(r => r.Text == captured).ToListAsync())).ToString());
            _database.Execute("""UPDATE "Records" SET "Other" = "Text" """);
            log.Enqueue((await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Records.AsNoTracking().ToListAsync())).ToString());
        }

        await using (var db = Open(o => o.LogTo(log.Enqueue, Microsoft.Extensions.Logging.LogLevel.Trace)))
        {
            db.Add(new Record { Id = 5, TenantId = "t1", Text = "canary twin" });
            log.Enqueue((await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync())).ToString());
            db.ChangeTracker.Clear();
            db.Add(new Record { TenantId = "t2", Text = "canary of another" });
            log.Enqueue((await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync())).ToString());
        }

        Assert.True(log.Count > 50);
        Assert.DoesNotContain(log, static line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Seeding_WithUseTenant_EncryptsOnce()
    {
        using var database = new TestDatabase();
        for (var i = 0; i < 2; i++)
        {
            var options = new DbContextOptionsBuilder<RecordContext>();
            database.Configure(options);
            await using var db = new RecordContext(options
                .UseSeeding(static (context, _) => Seed(context))
                .UseAsyncSeeding(static (context, _, _) =>
                {
                    Seed(context);
                    return Task.CompletedTask;
                })
                .UseColumnCrypt(static c => c.Tenant, _keys).Options);
            await db.Database.EnsureCreatedAsync();
            Assert.Equal("seed", (await db.UseTenant("t1").Records.SingleAsync()).Text);
        }

        static void Seed(DbContext context)
        {
            context.UseTenant("t1");
            if (!context.Set<Record>().Any())
            {
                context.Add(new Record { TenantId = "t1", Text = "seed" });
                context.SaveChanges();
            }
        }
    }

    [Fact]
    public async Task BufferedRows_OfARetryingProvider_AreRead()
    {
        using var database = new TestDatabase(DatabaseKind.PostgreSql);
        using var connection = database.Connect();
        await using var db = new RecordContext(new DbContextOptionsBuilder<RecordContext>()
            .UseNpgsql(connection, static o => o.EnableRetryOnFailure())
            .UseColumnCrypt(static c => c.Tenant, _keys).Options) { Tenant = "t1" };
        await db.Database.EnsureCreatedAsync();
        db.AddRange(Enumerable.Range(0, 100).Select(static i => new Record { TenantId = "t1", Text = $"row {i}", Other = i % 2 == 0 ? null : "x" }));
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        Assert.Equal(100, (await db.Records.ToListAsync()).Select(static r => r.Text).Distinct().Count());
        Assert.Equal(50, await db.Records.CountAsync(r => r.Other == null));
    }

    [Fact]
    public async Task Manifest_BeforeTheFirstWrite_ListsTheColumns()
    {
        await using var db = Open();
        Assert.Equal(0, await db.LooseRecords.CountAsync());
        db.Add(new LooseRecord { Text = "x" });
        await db.SaveChangesAsync();
        var columns = await _store.ReadColumnsAsync("app.db", CancellationToken.None);
        Assert.Equal(
            ["Contacts.Mail Contact.Mail text [\"Id\"]", "GuidRecords.Text GuidRecord.Text text [\"Id\"]", "Logins.Mail Login.Mail text [\"Id\"]", "LooseRecords.Text LooseRecord.Text text [\"Id\"]", "Records.Other Record.Other text [\"Id\"]", "Records.Text Record.Text text [\"Id\"]"],
            columns.Select(static c => $"{c.Table}.{c.Column} {c.Purpose} {c.Codec} {c.KeyColumns}").Order());
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    private RecordContext Open(Action<DbContextOptionsBuilder> more) => Open("t1", more);

    /// <summary>A node of the installation, with nothing cached. All have one name, so that their metrics add up.</summary>
    private ColumnCryptInstance Node() => new ServiceCollection()
        .AddColumnCrypt(_name, cc => cc.AddKekProvider(_kek).UseKek(GatedKek.Uri).UseKeyStore(() => _store))
        .BuildServiceProvider()
        .GetRequiredKeyedService<ColumnCryptInstance>(_name);

    private RecordContext Open(string tenant = "t1", Action<DbContextOptionsBuilder>? more = null, ColumnCryptInstance? keys = null)
    {
        var options = new DbContextOptionsBuilder<RecordContext>();
        _database.Configure(options);
        more?.Invoke(options);
        return new RecordContext(options.UseColumnCrypt(static c => c.Tenant, keys ?? _keys).Options) { Tenant = tenant };
    }

    private sealed class Watcher : SaveChangesInterceptor
    {
        public Func<string> Look { get; set; } = static () => "";

        public List<string> Seen { get; } = [];

        public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            Seen.Add(Look());
            return result;
        }

        public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
        {
            Seen.Add(Look());
            return result;
        }

        public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            new(SavingChanges(eventData, result));

        public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default) =>
            new(SavedChanges(eventData, result));
    }

    private sealed class FailOnce : DbCommandInterceptor
    {
        public bool Armed { get; set; }

        public int Failures { get; private set; }

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result, CancellationToken cancellationToken = default) => new(Fail(result));

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) => new(Fail(result));

        private T Fail<T>(T result)
        {
            if (!Armed)
            {
                return result;
            }

            Armed = false;
            Failures++;
            throw new TimeoutException("once");
        }
    }

    private sealed class RetryingStrategy(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 3, TimeSpan.Zero)
    {
        protected override bool ShouldRetryOn(Exception exception) => exception is TimeoutException || exception.InnerException is TimeoutException;
    }
}
