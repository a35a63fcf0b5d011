using System.Collections.Concurrent;
using System.Text;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Kek;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Canary;

// Must hold 8: over a full run nothing that leaves the process holds a plaintext, a passphrase, key bytes or a context
public sealed class CanaryTests
{
    private const string Secret = "canary-plaintext-4711";
    private const int SecretNumber = 918273645;
    private const string Passphrase = "canary passphrase of six words here";
    private static readonly byte[] s_secretBytes = Encoding.UTF8.GetBytes("canary-bytes-0815");

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task FullRun_WithEverythingLogged_LetsNoSecretOut(DatabaseKind kind)
    {
        using var recorder = new Recorder();
        using var database = new TestDatabase(kind);
        using var folder = new TempFolder();
        var kek = new RecordingKek();
        string file = folder.File("kek.json");
        FileKek.Create(file, Passphrase);
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(recorder).SetMinimumLevel(LogLevel.Trace))
            .AddColumnCrypt(cc => cc.AddKekProvider(kek).UseKek(kek.Id).AllowKek($"file:{file}", static o => o.Passphrase = Passphrase)
                .UseSqliteKeyStore($"Data Source={folder.File("keys.db")}"))
            .AddColumnCrypt("file", cc => cc.UseKek($"file:{file}", static o => o.Passphrase = Passphrase).UseKeyStore(static () => new ColumnCrypt.Store.InMemoryKeyStore()))
            .AddDbContext<Vault>(options => database.Configure(options).EnableSensitiveDataLogging().EnableDetailedErrors().UseColumnCrypt<Vault>(static c => c.Tenant))
            .BuildServiceProvider();

        await WriteAndReadAsync(services);
        await FailAsync(services, recorder, database, kek);
        await FailToOpenTheFileAsync(services, recorder, file);

        string text = recorder.Text;
        Assert.Contains("columncrypt.values.encrypted", text, StringComparison.Ordinal);
        Assert.Contains("INSERT INTO", text, StringComparison.Ordinal);
        Assert.NotEmpty(kek.Seen);
        foreach (var (what, secret) in Secrets(kek))
        {
            int at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
            Assert.True(at < 0, $"The output holds {what}: …{text[Math.Max(0, at - 200)..Math.Min(text.Length, Math.Max(0, at) + secret.Length + 20)]}…");
        }
    }

    private static async Task WriteAndReadAsync(ServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Vault>();
        db.Tenant = "acme";
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        db.Add(new Item { Tenant = "acme", Text = Secret, Number = SecretNumber, Bytes = s_secretBytes, Words = [Secret, "more"] });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        var item = await db.Items.SingleAsync(TestContext.Current.CancellationToken);
        item.Text = Secret + " changed";
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        string bulk = Secret + " bulk";
        await db.Items.ExecuteUpdateAsync(set => set.SetProperty(i => i.Text, bulk), TestContext.Current.CancellationToken);
        Assert.Equal(bulk, await db.Items.Select(static i => i.Text).SingleAsync(TestContext.Current.CancellationToken));
        var instance = services.GetRequiredService<ColumnCryptInstance>();
        await instance.Keys.RotateAsync("acme", TestContext.Current.CancellationToken);
        using var lease = await services.GetRequiredKeyedService<ColumnCryptInstance>("file").AcquireRingAsync("acme", 1, TestContext.Current.CancellationToken);
    }

    private static async Task FailAsync(ServiceProvider services, Recorder recorder, TestDatabase database, RecordingKek kek)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Vault>();
        await recorder.FailsAsync<TenantNotSetException>(() => db.Items.ToListAsync());
        db.Tenant = "beta";
        db.Add(new Item { Tenant = "beta", Text = Secret, Number = SecretNumber, Bytes = s_secretBytes });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        db.ChangeTracker.Clear();
        await recorder.FailsAsync<TenantMismatchException>(() => db.Items.ToListAsync());

        // Variables: a constant written into a query is source code, and EF logs it as such.
        string text = Secret;
        int number = SecretNumber;
        await recorder.FailsAsync<EncryptedQueryException>(() => db.Items.Where(i => i.Text == text).ToListAsync());
        await recorder.FailsAsync<EncryptedQueryException>(() => db.Items.Where(i => i.Number > number).ToListAsync());
        await recorder.FailsAsync<EncryptedQueryException>(() => db.Items.OrderBy(i => i.Text).Where(i => i.Text.StartsWith(text)).ToListAsync());
        db.Add(new Item { Tenant = "beta", Text = Secret + (char)0xD800 });
        await recorder.FailsAsync<ColumnCryptException>(() => db.SaveChangesAsync());
        db.ChangeTracker.Clear();
        db.Add(new Item { Tenant = "beta", Text = new string('x', 300) + Secret });
        await recorder.FailsAsync<ColumnCryptException>(() => db.SaveChangesAsync());
        db.ChangeTracker.Clear();

        db.Tenant = "acme";
        database.Execute(database.Kind == DatabaseKind.Sqlite
            ? "UPDATE Items SET Text = X'C1' || X'00' || Text"
            : "UPDATE \"Items\" SET \"Text\" = '\\xC100'::bytea || \"Text\"");
        await recorder.FailsAsync<CiphertextInvalidException>(() => db.Items.ToListAsync());

        kek.Failure = KekFailure.Denied;
        db.Tenant = "gamma";
        db.Add(new Item { Tenant = "gamma", Text = Secret });
        await recorder.FailsAsync<KeyUnavailableException>(() => db.SaveChangesAsync());
    }

    private static async Task FailToOpenTheFileAsync(ServiceProvider services, Recorder recorder, string file)
    {
        using var wrong = ColumnCryptInstance.Create(cc => cc
            .UseKek($"file:{file}", static o => o.Passphrase = Passphrase + " wrong")
            .UseKeyStore(static () => new ColumnCrypt.Store.InMemoryKeyStore()));
        await recorder.FailsAsync<KeyUnavailableException>(async () => await wrong.AcquireRingAsync("acme", 1, default));
        string json = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, json.Replace("\"sealed\": \"", "\"sealed\": \"00", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        using var damaged = ColumnCryptInstance.Create(cc => cc
            .UseKek($"file:{file}", static o => o.Passphrase = Passphrase)
            .UseKeyStore(static () => new ColumnCrypt.Store.InMemoryKeyStore()));
        await recorder.FailsAsync<KeyUnavailableException>(async () => await damaged.AcquireRingAsync("acme", 1, default));
    }

    private static IEnumerable<(string What, string Secret)> Secrets(RecordingKek kek)
    {
        yield return ("a plaintext", Secret);
        yield return ("a plaintext number", SecretNumber.ToString(System.Globalization.CultureInfo.InvariantCulture));
        yield return ("a passphrase", Passphrase);
        foreach (byte[] bytes in kek.Seen.Append(s_secretBytes).Append(Encoding.UTF8.GetBytes(Secret)))
        {
            yield return ("key or plaintext bytes in hex", Convert.ToHexString(bytes));
            yield return ("key or plaintext bytes in base64", Convert.ToBase64String(bytes)[..^4]);
            yield return ("key or plaintext bytes in hex with dashes", BitConverter.ToString(bytes));
        }
    }

    private sealed class Vault(DbContextOptions<Vault> options) : DbContext(options)
    {
        public string? Tenant { get; set; }

        public DbSet<Item> Items => Set<Item>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Item>().HasTenant(static item => item.Tenant);
    }

    private sealed class Item
    {
        public int Id { get; set; }

        public string Tenant { get; set; } = "";

        [Encrypted, System.ComponentModel.DataAnnotations.MaxLength(200)]
        public string Text { get; set; } = "";

        [Encrypted]
        public int Number { get; set; }

        [Encrypted]
        public byte[]? Bytes { get; set; }

        [Encrypted]
        public List<string> Words { get; set; } = [];
    }

    /// <summary>Remembers the bytes of every key that it wraps, and of every context.</summary>
    private sealed class RecordingKek : IKekProvider, IKeyEncryptionKey
    {
        private readonly SwitchableKek _inner = new();

        public ConcurrentBag<byte[]> Seen { get; } = [];

        public KekFailure? Failure
        {
            set => _inner.Failure = value;
        }

        public string Scheme => _inner.Scheme;

        public string Id => _inner.Id;

        public KekCapabilities Capabilities => _inner.Capabilities;

        public IKeyEncryptionKey Open(string uri, KekOptions options) => this;

        public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
        {
            Seen.Add(key.ToArray());
            Seen.Add(context.Encode());
            return _inner.WrapAsync(key, context, cancellationToken);
        }

        public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken) =>
            _inner.UnwrapAsync(wrapped, context, destination, cancellationToken);

        public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) =>
            _inner.RewrapAsync(wrapped, context, cancellationToken);

        public ValueTask CheckAsync(CancellationToken cancellationToken) => _inner.CheckAsync(cancellationToken);
    }
}
