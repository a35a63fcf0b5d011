using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Pooled contexts of two tenants live on while the columns that they read and write go from state to state.</summary>
public class PoolTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(1.2);
    private static readonly string[] s_tenants = ["acme", "brown"];

    public class File
    {
        public int Id { get; set; }

        public string TenantId { get; set; } = "";

        public string Beside { get; set; } = "";

        public string InPlace { get; set; } = "";
    }

    public class Cabinet(DbContextOptions<Cabinet> options) : DbContext(options)
    {
        public DbSet<File> Files => Set<File>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var file = modelBuilder.Entity<File>().ToTable("files").HasTenant(static f => f.TenantId);
            file.Property(static f => f.Id).HasColumnName("id");
            file.Property(static f => f.TenantId).HasColumnName("tenant_id");
            file.Property(static f => f.Beside).IsEncrypted("file.beside").HasColumnName("beside_encrypted").AdoptFrom("beside", Versions.Until).HasBlindIndex();
            file.Property(static f => f.InPlace).HasColumnName("in_place").IsEncrypted("file.in-place").AdoptInPlace(Versions.Until).HasBlindIndex();
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task PooledContexts_OfTwoTenants_FollowTheStates(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var kek = new SwitchableKek();
        var tables = new InMemoryKeyStore(TimeProvider.System);
        string name = Guid.NewGuid().ToString("N");
        await using var services = new ServiceCollection()
            .AddColumnCrypt(name, Configure)
            .AddDbContextPool<Cabinet>(options => database.Configure(options).UseColumnCrypt<Cabinet>(static _ => null, name), poolSize: 2)
            .BuildServiceProvider();
        using var operators = ColumnCryptInstance.Create(Configure);
        await using System.Data.Common.DbDataSource data = database.Connect() is var connection && kind == DatabaseKind.PostgreSql
            ? NpgsqlDataSource.Create(connection.ConnectionString) : SqliteFactory.Instance.CreateDataSource(connection.ConnectionString);
        connection.Dispose();
        var seen = new HashSet<Cabinet>(ReferenceEqualityComparer.Instance);
        await AsAsync("acme", static db => db.Database.EnsureCreatedAsync());
        await OnBothAsync(static (db, tenant) => AddAsync(db, tenant, "0"));
        database.Execute("INSERT INTO files (tenant_id, beside, in_place) VALUES ('acme', 'old', 'old'), ('brown', 'old', 'old')");

        await CheckAsync("0", "old");
        await StepAsync(AdoptStep.Adopt, AdoptionState.Verified, AdoptionState.Dual);
        await OnBothAsync(static (db, tenant) => AddAsync(db, tenant, "1"));
        await CheckAsync("0", "old", "1");
        await StepAsync(AdoptStep.Complete, AdoptionState.Encrypted, AdoptionState.Encrypted);
        await OnBothAsync(static (db, tenant) => AddAsync(db, tenant, "2"));
        Assert.Equal(2L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM files WHERE beside IS NULL AND in_place LIKE 'cc1:%'"), null));
        await CheckAsync("0", "old", "1", "2");
        database.Execute("INSERT INTO files (tenant_id, beside, in_place) VALUES ('acme', 'late', 'late')");
        await AsAsync("acme", static async db => await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Files.Where(f => f.TenantId == "acme").ToListAsync()));
        database.Execute("DELETE FROM files WHERE in_place = 'late'");
        await StepAsync(AdoptStep.Back, AdoptionState.Returned, AdoptionState.Returned);
        await OnBothAsync(static (db, tenant) => AddAsync(db, tenant, "3"));
        await CheckAsync("0", "old", "1", "2", "3");
        Assert.Equal(2L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM files WHERE beside LIKE '%-3' AND in_place LIKE '%-3'"), null));
        Assert.Equal(0L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM files WHERE in_place LIKE 'cc1:%'"), null));
        Assert.True(seen.Count <= 2, $"{seen.Count} contexts");

        void Configure(ColumnCryptBuilder cc)
        {
            (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
            cc.AddKekProvider(kek.Twin()).UseKek(kek.Id).UseKeyStore(() => tables);
        }

        async Task AsAsync(string tenant, Func<Cabinet, Task> work)
        {
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Cabinet>();
            db.UseTenant(tenant);
            seen.Add(db);
            await work(db);
        }

        // Side by side, so that each tenant's context is of the pool.
        Task OnBothAsync(Func<Cabinet, string, Task> work) => Task.WhenAll(s_tenants.Select(tenant => AsAsync(tenant, db => work(db, tenant))));

        Task CheckAsync(params string[] numbers) => OnBothAsync(async (db, tenant) =>
        {
            string[] right = [.. numbers.Select(number => number == "old" ? "old" : $"{tenant}-{number}")];
            var files = db.Files.AsNoTracking().Where(f => f.TenantId == tenant);
            Assert.Equal(right.Order(StringComparer.Ordinal), (await files.ToListAsync()).Select(static f => f.Beside).Order(StringComparer.Ordinal));
            Assert.Equal(right.Order(StringComparer.Ordinal), (await files.Select(static f => f.InPlace).ToListAsync()).Order(StringComparer.Ordinal));
            foreach (string text in right)
            {
                Assert.Equal(text, (await files.SingleAsync(f => f.Beside == text)).InPlace);
                Assert.Equal(text, (await files.SingleAsync(f => f.InPlace == text)).Beside);
            }

            string others = tenant == "acme" ? "brown-0" : "acme-0";
            Assert.False(await files.AnyAsync(f => f.InPlace == others || f.Beside == others));
        });

        async Task StepAsync(AdoptStep step, AdoptionState beside, AdoptionState inPlace)
        {
            await Task.Delay(s_bound);
            foreach (var (column, end) in new[] { ("files.beside_encrypted", beside), ("files.in_place", inPlace) })
            {
                var result = await operators.Keys.AdoptAsync(new AdoptOptions(column) { Step = step, Reason = "a test" }, data);
                Assert.Empty(result.Failures);
                Assert.Equal(end, result.State);
            }

            // In force on every node.
            await Task.Delay(s_bound);
        }
    }

    private static async Task AddAsync(Cabinet db, string tenant, string number)
    {
        db.Add(new File { TenantId = tenant, Beside = $"{tenant}-{number}", InPlace = $"{tenant}-{number}" });
        await db.SaveChangesAsync();
    }
}
