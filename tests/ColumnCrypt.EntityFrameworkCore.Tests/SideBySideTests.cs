using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Kek;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Tests;

// Two databases, two providers, two kinds of KEK and two key stores in one process; factories. PEERS 14
public sealed class SideBySideTests
{
    [Fact]
    public async Task TwoInstances_OnTwoProvidersUnderTwoKeks_StayApart()
    {
        using var sqlite = new TestDatabase(DatabaseKind.Sqlite);
        using var postgres = new TestDatabase(DatabaseKind.PostgreSql);
        using var folder = new TempFolder();
        string file = folder.File("kek.json");
        FileKek.Create(file, "a passphrase for this test alone");
        var kek = new SwitchableKek();
        await using var services = new ServiceCollection()
            .AddColumnCrypt("east", cc => cc.UseKek($"file:{file}", static o => o.Passphrase = "a passphrase for this test alone").UseSqliteKeyStore($"Data Source={folder.File("east.db")}"))
            .AddColumnCrypt("west", cc => cc.AddKekProvider(kek).UseKek(kek.Id).UsePostgreSqlKeyStore(PostgreSqlServer.Shared.CreateDatabase(), static o => o.CreateTables = true))
            .AddDbContextFactory<East>(options => sqlite.Configure(options).UseColumnCrypt<East>(static _ => null, name: "east"))
            .AddPooledDbContextFactory<West>(options => postgres.Configure(options).UseColumnCrypt<West>(static _ => null, name: "west"))
            .BuildServiceProvider();
        var east = services.GetRequiredService<IDbContextFactory<East>>();
        var west = services.GetRequiredService<IDbContextFactory<West>>();
        await WriteAsync(east, "from the east");
        await WriteAsync(west, "from the west");

        Assert.Equal("from the east", await ReadAsync(east));
        Assert.Equal("from the west", await ReadAsync(west));

        byte[] foreign = (byte[])sqlite.Scalar("SELECT \"Text\" FROM \"Notes\"")!;
        postgres.Execute($"UPDATE \"Notes\" SET \"Text\" = '\\x{Convert.ToHexString(foreign)}'");
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => ReadAsync(west));
        kek.Failure = KekFailure.Unavailable;
        Assert.Equal("from the east", await ReadAsync(east));
    }

    [Fact]
    public async Task FactoryMadeContext_WithoutATenant_NeitherReadsNorWrites()
    {
        using var database = new TestDatabase();
        await using var services = new ServiceCollection()
            .AddColumnCrypt(static cc => cc.UseInMemoryKeys())
            .AddDbContextFactory<East>(options => database.Configure(options).UseColumnCrypt<East>(static _ => null))
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IDbContextFactory<East>>();
        await WriteAsync(factory, "x");
        await using var db = await factory.CreateDbContextAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.Notes.ToListAsync());
        db.Add(new Note { Text = "y" });
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.SaveChangesAsync());
        Assert.Equal(1, await db.Notes.CountAsync(TestContext.Current.CancellationToken));
    }

    private static async Task WriteAsync<TContext>(IDbContextFactory<TContext> factory, string text)
        where TContext : Notebook
    {
        await using var db = await factory.CreateDbContextAsync(TestContext.Current.CancellationToken);
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        db.UseTenant("acme");
        db.Add(new Note { Text = text });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> ReadAsync<TContext>(IDbContextFactory<TContext> factory)
        where TContext : Notebook
    {
        await using var db = await factory.CreateDbContextAsync(TestContext.Current.CancellationToken);
        return (await db.UseTenant("acme").Notes.SingleAsync(TestContext.Current.CancellationToken)).Text;
    }

    private sealed class East(DbContextOptions<East> options) : Notebook(options);

    private sealed class West(DbContextOptions<West> options) : Notebook(options);

    private abstract class Notebook(DbContextOptions options) : DbContext(options)
    {
        public DbSet<Note> Notes => Set<Note>();
    }

    private sealed class Note
    {
        public int Id { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";
    }
}
