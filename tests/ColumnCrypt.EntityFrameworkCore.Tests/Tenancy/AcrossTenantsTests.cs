using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;

// Rows of several tenants are read on purpose, of those that are named and no other; what is saved belongs to one.
public sealed class AcrossTenantsTests : IAsyncDisposable
{
    private static readonly string[] s_tenants = ["t1", "t2", "t3"];
    private readonly EventList _events = new();
    private readonly ColumnCryptInstance _keys;
    private readonly List<TestDatabase> _databases = [];

    public AcrossTenantsTests() => _keys = ColumnCryptInstance.Create(cc => cc.UseInMemoryKeys().UseLoggerFactory(_events));

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Rows_OfTheNamedTenants_AreRead(DatabaseKind kind)
    {
        var database = await FilledAsync(kind);
        await using var db = Open("t1", database);
        using (db.AcrossTenants("monthly report", s_tenants))
        {
            Assert.Equal(["t1", "t2", "t3"], (await db.Records.ToListAsync()).Select(r => r.Text).Order());
            Assert.Equal(["t1", "t2", "t3"], db.Records.AsNoTracking().AsEnumerable().Select(r => r.Text).Order());
            Assert.Equal(["t1 o", "t2 o", "t3 o"], (await db.Records.Select(r => new { r.TenantId, r.Other }).ToListAsync()).Select(r => r.Other).Order());
            Assert.Equal("all@x.org", (await db.Logins.SingleAsync()).Mail);
            List<string> streamed = [];
            await foreach (var record in db.Records.AsNoTracking().OrderBy(r => r.TenantId).AsAsyncEnumerable())
            {
                streamed.Add(record.Text);
            }

            Assert.Equal(["t1", "t2", "t3"], streamed);
        }

        // And then the context is the one of its tenant again.
        db.ChangeTracker.Clear();
        Assert.Equal("t1", (await db.Records.SingleAsync(r => r.TenantId == "t1")).Text);
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.Records.AsNoTracking().ToListAsync());
        Assert.Single(_events.Events, ColumnCryptEventId.AcrossTenants);
    }

    [Fact]
    public async Task Row_OfATenantThatIsNotNamed_IsRefused()
    {
        await using var db = Open(null, await FilledAsync());
        using var across = db.AcrossTenants("support case", ["t1", "t3"]);

        Assert.Equal(["t1", "t3"], (await db.Records.Where(r => r.TenantId != "t2").ToListAsync()).Select(r => r.Text).Order());
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.Records.ToListAsync());
        Assert.Throws<TenantMismatchException>(() => db.Records.Select(r => r.Other).ToList());
    }

    [Fact]
    public async Task Key_ThatANamedTenantGotMeanwhile_IsFound()
    {
        var database = await FilledAsync();
        await using var db = Open(null, database);
        using var across = db.AcrossTenants("support case", ["t1", "new"]);
        await db.UnlockAsync();
        await using (var other = Open("new", database))
        {
            other.Add(new Record { TenantId = "new", Text = "first" });
            await other.SaveChangesAsync();
        }

        Assert.Equal(["first", "t1"], (await db.Records.Where(r => r.TenantId == "t1" || r.TenantId == "new").ToListAsync()).Select(r => r.Text).Order());
    }

    [Fact]
    public async Task Value_ThatIsUnderNoKey_OrWasChanged_IsRefused()
    {
        var database = await FilledAsync();
        database.Execute("""UPDATE "Records" SET "Text" = "Other" WHERE "TenantId" = 't1' """);
        database.Execute("""UPDATE "Records" SET "Text" = X'C1' || zeroblob(60) WHERE "TenantId" = 't2' """);
        await using var db = Open(null, database);
        using var across = db.AcrossTenants("support case", s_tenants);

        await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Records.Where(r => r.TenantId == "t1").ToListAsync());
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Records.Where(r => r.TenantId == "t2").ToListAsync());
        Assert.Equal("t3", (await db.Records.SingleAsync(r => r.TenantId == "t3")).Text);
    }

    // SECURITY.md says so: whoever reads across tenants trusts the database as to which row is whose.
    [Fact]
    public async Task Value_ThatWasMovedBetweenNamedTenants_IsNotNoticed()
    {
        var database = await FilledAsync();
        database.Execute("""UPDATE "Records" SET "Text" = (SELECT "Text" FROM "Records" WHERE "TenantId" = 't2') WHERE "TenantId" = 't1' """);
        await using var db = Open("t1", database);
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.Records.Where(r => r.TenantId == "t1").ToListAsync());

        using var across = db.AcrossTenants("support case", s_tenants);
        Assert.Equal("t2", (await db.Records.SingleAsync(r => r.TenantId == "t1")).Text);
    }

    [Fact]
    public async Task Save_TakesTheTenantOfItsRows()
    {
        var database = await FilledAsync();
        await using (var db = Open("t1", database))
        {
            using var across = db.AcrossTenants("mass mailing", s_tenants);
            foreach (var record in await db.Records.ToListAsync())
            {
                record.Text = record.TenantId + " changed";
                await db.SaveChangesAsync();
            }

            db.Add(new Contact { TenantId = "t2", Mail = "ann@x.org" });
            Assert.Equal(1, db.SaveChanges());
        }

        foreach (string tenant in s_tenants)
        {
            await using var own = Open(tenant, database);
            Assert.Equal(tenant + " changed", (await own.Records.SingleAsync(r => r.TenantId == tenant)).Text);
            Assert.Equal(tenant == "t2" ? 1 : 0, await own.Contacts.CountAsync(c => c.Mail == "ann@x.org"));
        }
    }

    [Fact]
    public async Task Save_OfSeveralTenants_OrOfOneThatIsNotNamed_IsRefused()
    {
        await using var db = Open("t1", await FilledAsync());
        using var across = db.AcrossTenants("mass mailing", ["t1", "t2"]);
        db.Add(new Record { TenantId = "t1", Text = "a" });
        db.Add(new Record { TenantId = "t2", Text = "b" });
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());
        Assert.Throws<TenantMismatchException>(() => db.SaveChanges());

        db.ChangeTracker.Clear();
        db.Add(new Record { TenantId = "t3", Text = "c" });
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());

        db.ChangeTracker.Clear();
        var moved = await db.Records.FirstAsync(r => r.TenantId == "t1");
        moved.TenantId = "t2";
        await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());

        db.ChangeTracker.Clear();
        db.Add(new LooseRecord { Text = "whose?" });
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.SaveChangesAsync());

        // Beside a row that says whose it is, too.
        db.Add(new Record { TenantId = "t1", Text = "a" });
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.SaveChangesAsync());

        db.ChangeTracker.Clear();
        db.Add(new Plain { Text = "nobody's" });
        db.Add(new Login { Key = "l", Mail = "shared@x.org" });
        Assert.Equal(2, await db.SaveChangesAsync());
    }

    [Fact]
    public async Task WhatNeedsOneTenant_IsRefused()
    {
        await using var db = Open("t1", await FilledAsync());
        using var across = db.AcrossTenants("support case", s_tenants);

        string mail = "ann@x.org";
        var error = await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Contacts.Where(c => c.Mail == mail).ToListAsync());
        Assert.Contains("UseTenant", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, "x")));
        Assert.Throws<InvalidOperationException>(() => db.UseTenant("t2"));
        Assert.Throws<InvalidOperationException>(() => db.AcrossTenants("again", s_tenants));
    }

    [Fact]
    public async Task Reason_AndTenants_AreDemanded()
    {
        await using var db = Open("t1", await FilledAsync());
        Assert.Throws<ArgumentException>(() => db.AcrossTenants(" ", s_tenants));
        Assert.Throws<ArgumentOutOfRangeException>(() => db.AcrossTenants(new string('x', 201), s_tenants));
        Assert.Throws<ArgumentException>(() => db.AcrossTenants("none", Array.Empty<string>()));
        Assert.Throws<ArgumentException>(() => db.AcrossTenants("no id", [1.5]));
        Assert.Throws<TenantNotSetException>(() => db.AcrossTenants("empty", [""]));
        using (db.AcrossTenants("numbers", [1, 2]))
        {
            Assert.Empty(await db.GuidRecords.ToListAsync());
        }

        using (db.AcrossTenants("and again", [Guid.NewGuid()]))
        {
            Assert.Empty(await db.GuidRecords.ToListAsync());
        }
    }

    [Fact]
    public async Task PooledContext_WhenReturned_ForgetsIt()
    {
        var database = await FilledAsync();
        await using var services = new ServiceCollection()
            .AddPooledDbContextFactory<RecordContext>(o => database.Configure(o).UseColumnCrypt<RecordContext>(static _ => null, _keys), poolSize: 1)
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IDbContextFactory<RecordContext>>();
        IDisposable stale;
        await using (var db = await factory.CreateDbContextAsync())
        {
            stale = db.AcrossTenants("support case", s_tenants);
            Assert.Equal(3, (await db.Records.ToListAsync()).Count);
        }

        await using (var db = await factory.CreateDbContextAsync())
        {
            await Assert.ThrowsAsync<TenantNotSetException>(() => db.Records.ToListAsync());
            using var across = db.AcrossTenants("support case", s_tenants);
            stale.Dispose();
            Assert.Equal(3, (await db.Records.ToListAsync()).Count);
        }
    }

    [Fact]
    public async Task ShreddedTenant_FailsAtItsFirstValue()
    {
        var database = await FilledAsync();
        await _keys.Keys.ShredNowAsync("t2", CancellationToken.None);
        await using var db = Open(null, database);
        using var across = db.AcrossTenants("report", s_tenants);

        Assert.Equal(["t1", "t3"], (await db.Records.Where(r => r.TenantId != "t2").ToListAsync()).Select(r => r.Text).Order());
        await Assert.ThrowsAsync<TenantShreddedException>(() => db.Records.ToListAsync());
    }

    [Fact]
    public async Task RawValues_AreDecryptedByTheLease()
    {
        byte[] sealedText;
        using (var ring = await _keys.AcquireRingAsync("t2", 1, CancellationToken.None))
        {
            sealedText = ring.Encrypt("record.text", "hello", ValueCodecs.For<string>());
        }

        using var lease = await _keys.AcrossTenants("export", s_tenants).AcquireAsync(CancellationToken.None);
        Assert.Equal("hello", lease.Decrypt("record.text", sealedText, ValueCodecs.For<string>()));
        using var others = _keys.AcrossTenants("export", ["t1", "t3"]).Acquire();
        Assert.Throws<TenantMismatchException>(() => others.Decrypt("record.text", sealedText, ValueCodecs.For<string>()));
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _databases.ForEach(static database => database.Dispose());
        _events.Dispose();
    }

    private async Task<TestDatabase> FilledAsync(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var database = new TestDatabase(kind);
        _databases.Add(database);
        await using (var setup = Open("setup", database))
        {
            await setup.Database.EnsureCreatedAsync();
            setup.Add(new Login { Key = "k", Mail = "all@x.org" });
            await setup.SaveChangesAsync();
        }

        foreach (string tenant in s_tenants)
        {
            await using var db = Open(tenant, database);
            db.Add(new Record { TenantId = tenant, Text = tenant, Other = tenant + " o" });
            await db.SaveChangesAsync();
        }

        return database;
    }

    private RecordContext Open(object? tenant, TestDatabase database)
    {
        var options = new DbContextOptionsBuilder<RecordContext>();
        database.Configure(options);
        return new RecordContext(options.UseColumnCrypt(static c => c.Tenant, _keys).Options) { Tenant = tenant };
    }
}
