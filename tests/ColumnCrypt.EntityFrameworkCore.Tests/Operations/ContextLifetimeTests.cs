using System.Collections.Concurrent;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Record = ColumnCrypt.EntityFrameworkCore.Tests.Tenancy.Record;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Must hold 4, 7, 9 (PEERS 1, 14)
public class ContextLifetimeTests
{
    [Fact]
    public async Task Scopes_200OfThem_BuildOneServiceProvider()
    {
        using var database = new TestDatabase();
        await using var services = new ServiceCollection()
            .AddColumnCrypt(static cc => cc.UseInMemoryKeys())
            .AddDbContext<RecordContext>(o => database.Configure(o)
                .UseColumnCrypt<RecordContext>(static c => c.Tenant)
                .ConfigureWarnings(static w => w.Throw(CoreEventId.ManyServiceProvidersCreatedWarning)))
            .BuildServiceProvider();
        var providers = new HashSet<object>();
        for (var i = 0; i < 200; i++)
        {
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<RecordContext>();
            db.Tenant = $"t{i}";
            if (i == 0)
            {
                await db.Database.EnsureCreatedAsync();
            }

            _ = await db.LooseRecords.ToListAsync();
            providers.Add(db.GetService<IModelRuntimeInitializer>());
        }

        Assert.Single(providers);
    }

    [Fact]
    public async Task PooledContext_WhenItGoesBack_ForgetsItsTenant()
    {
        using var database = new TestDatabase();
        await using var services = new ServiceCollection()
            .AddColumnCrypt("clinic", static cc => cc.UseInMemoryKeys())
            .AddPooledDbContextFactory<RecordContext>(o => database.Configure(o).UseColumnCrypt<RecordContext>(static _ => null, name: "clinic"), poolSize: 1)
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IDbContextFactory<RecordContext>>();
        RecordContext first;
        await using (first = (await factory.CreateDbContextAsync()).UseTenant("t1"))
        {
            await first.Database.EnsureCreatedAsync();
            first.Add(new Record { TenantId = "t1", Text = "x" });
            await first.SaveChangesAsync();
        }

        await using var second = await factory.CreateDbContextAsync();
        Assert.Same(first, second);
        await Assert.ThrowsAsync<TenantNotSetException>(() => second.Records.ToListAsync());
        second.UseTenant("t2");
        await Assert.ThrowsAsync<TenantMismatchException>(() => second.Records.ToListAsync());
        second.UseTenant("t1");
        Assert.Equal("x", (await second.Records.SingleAsync()).Text);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, 250)]
    [InlineData(DatabaseKind.PostgreSql, 1000)]
    public async Task PooledContexts_OfTwoTenantsOnEightThreads_NeverMixAndNeverShowPlaintext(DatabaseKind kind, int rounds)
    {
        using var database = new TestDatabase(kind);
        await using var services = new ServiceCollection()
            .AddColumnCrypt(static cc => cc.UseInMemoryKeys())
            .AddPooledDbContextFactory<RecordContext>(o => database.Configure(o).UseColumnCrypt<RecordContext>(static _ => null), poolSize: 4)
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IDbContextFactory<RecordContext>>();
        var keys = services.GetRequiredService<ColumnCryptInstance>();
        await using (var db = await factory.CreateDbContextAsync())
        {
            await db.Database.EnsureCreatedAsync();
            database.Execute("""CREATE INDEX ix ON "Records" ("TenantId")""");
        }

        if (kind == DatabaseKind.Sqlite)
        {
            database.Execute("PRAGMA journal_mode = WAL");
        }

        var failures = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < rounds / 8; i++)
            {
                string tenant = $"t{(worker + i) % 2}";
                await using var db = (await factory.CreateDbContextAsync()).UseTenant(tenant);
                db.Add(new Record { TenantId = tenant, Text = $"canary {tenant}" });
                await db.SaveChangesAsync();
                var texts = await db.Records.Where(r => r.TenantId == tenant).OrderByDescending(r => r.Id).Take(5).Select(r => r.Text).ToListAsync();
                if (texts.Any(text => text != $"canary {tenant}"))
                {
                    failures.Enqueue($"{tenant} read {string.Join(", ", texts)}");
                }

                if (i % 25 == 12)
                {
                    await keys.Keys.RotateAsync(tenant, CancellationToken.None);
                }
            }
        })));
        Assert.Empty(failures);
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
    }

    [Fact]
    public async Task Instance_WhenItIsNotRegistered_IsMissedAtTheFirstUseOnly()
    {
        using var database = new TestDatabase();
        await using var services = new ServiceCollection()
            .AddDbContext<RecordContext>(o => database.Configure(o).UseColumnCrypt<RecordContext>(static c => c.Tenant, name: "nobody"))
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RecordContext>();
        db.Tenant = "t1";
        Assert.NotEmpty(db.Database.GetEncryptedColumns());
        await db.Database.EnsureCreatedAsync();
        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => db.LooseRecords.ToListAsync());
        Assert.Contains("'nobody'", error.Message, StringComparison.Ordinal);
    }
}
