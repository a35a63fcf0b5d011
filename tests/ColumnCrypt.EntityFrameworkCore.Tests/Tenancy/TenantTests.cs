using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;

// Must hold 3, 7, 9 (PEERS 4, 14)
public class TenantTests : IAsyncDisposable
{
    private readonly TestDatabase _database = new();
    private readonly ColumnCryptInstance _keys = TestKeys.InMemory();

    public TenantTests() => Open("setup").Database.EnsureCreated();

    public static TheoryData<object, string> Ids() => new()
    {
        { "Ünï / code", "Ünï / code" },
        { new Guid("00112233-4455-6677-8899-AABBCCDDEEFF"), "00112233-4455-6677-8899-aabbccddeeff" },
        { 42, "42" },
        { long.MaxValue, "9223372036854775807" },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task TenantId_OfEveryType_IsItsText(object id, string text)
    {
        await using (var db = Open(id))
        {
            db.Add(new Record { TenantId = text, Text = "x" });
            await db.SaveChangesAsync();
        }

        await using var read = Open(text);
        Assert.Equal("x", (await read.Records.SingleAsync()).Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task NoTenant_WhenEncryptedPropertyIsTouched_IsRefused(string? none)
    {
        await using var db = Open(none);
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.LooseRecords.ToListAsync());
        Assert.Throws<TenantNotSetException>(() => db.LooseRecords.ToList());
        db.Add(new LooseRecord { Text = "x" });
        await Assert.ThrowsAsync<TenantNotSetException>(() => db.SaveChangesAsync());
        Assert.Throws<TenantNotSetException>(() => db.SaveChanges());
    }

    [Fact]
    public async Task NoTenant_WhenNothingEncryptedIsTouched_IsNotMissed()
    {
        await using var db = Open(null);
        db.Add(new Plain { Text = "x" });
        await db.SaveChangesAsync();
        Assert.Equal("x", (await db.Plains.SingleAsync()).Text);
        Assert.Equal(0, await db.Records.CountAsync());
        Assert.Equal(0, await db.Records.Select(r => r.Id).FirstOrDefaultAsync());
    }

    [Fact]
    public async Task Delegate_ThatChangesBetweenOperations_NeverMixesKeys()
    {
        await using var db = Open("t1");
        for (var i = 0; i < 20; i++)
        {
            string tenant = $"t{i % 3}";
            db.Tenant = tenant;
            db.Add(new Record { TenantId = tenant, Text = $"{tenant}-{i}" });
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
            var own = await db.Records.Where(r => r.TenantId == tenant).Select(r => r.Text).ToListAsync();
            Assert.All(own, text => Assert.StartsWith(tenant, text, StringComparison.Ordinal));
        }

        await Assert.ThrowsAsync<TenantMismatchException>(() => db.Records.Select(r => r.Text).ToListAsync());
    }

    [Fact]
    public async Task Delegate_ThatChangesWhileRowsStream_NeverMixesKeys()
    {
        await using (var db = Open("t1"))
        {
            db.AddRange(Enumerable.Range(0, 5).Select(static i => new Record { TenantId = "t1", Text = $"row {i}" }));
            await db.SaveChangesAsync();
        }

        await using var reader = Open("t1");
        var seen = 0;
        await Assert.ThrowsAsync<TenantMismatchException>(async () =>
        {
            await foreach (var record in reader.Records.AsNoTracking().OrderBy(r => r.Id).AsAsyncEnumerable())
            {
                Assert.Equal($"row {seen++}", record.Text);
                reader.Tenant = "t2";
                Assert.Equal(0, await reader.LooseRecords.CountAsync(l => l.Text != null));
                _ = await reader.LooseRecords.Select(l => l.Text).ToListAsync();
            }
        });
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task AnotherTenantsOrColumnsValue_WhenCopiedIn_IsRefused()
    {
        await using (var db = Open("t1"))
        {
            db.Add(new Record { TenantId = "t1", Text = "secret", Other = "other" });
            await db.SaveChangesAsync();
        }

        _database.Execute("""UPDATE "Records" SET "Text" = "Other" """);
        await using (var db = Open("t1"))
        {
            await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Records.ToListAsync());
            Assert.Equal("other", await db.Records.Select(r => r.Other).SingleAsync());
        }

        await using var other = Open("t2");
        await Assert.ThrowsAsync<TenantMismatchException>(() => other.Records.ToListAsync());
        await Assert.ThrowsAsync<TenantMismatchException>(() => other.Records.Select(r => r.Other).ToListAsync());
    }

    // Suite 1 binds a value to its column and tenant, not to its row: SECURITY.md says so.
    [Fact]
    public async Task ValueOfAnotherRow_WhenCopiedIn_IsNotDetected()
    {
        await using (var db = Open("t1"))
        {
            db.AddRange(new Record { Id = 1, TenantId = "t1", Text = "one" }, new Record { Id = 2, TenantId = "t1", Text = "two" });
            await db.SaveChangesAsync();
        }

        _database.Execute("""UPDATE "Records" SET "Text" = (SELECT "Text" FROM "Records" WHERE "Id" = 2) WHERE "Id" = 1""");
        await using var read = Open("t1");
        Assert.Equal(["two", "two"], await read.Records.OrderBy(r => r.Id).Select(r => r.Text).ToListAsync());
    }

    [Fact]
    public async Task Save_ForAnotherTenant_IsRefused()
    {
        var practice = new Practice(Guid.NewGuid());
        await using (var db = Open("t1"))
        {
            db.Add(new Record { TenantId = "t2", Text = "x" });
            var error = await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());
            Assert.Contains("Record.TenantId", error.Message, StringComparison.Ordinal);
            Assert.Throws<TenantMismatchException>(() => db.SaveChanges());
            db.ChangeTracker.Clear();
            db.Add(new Record { TenantId = "t1", Text = "x" });
            await db.SaveChangesAsync();
        }

        await using (var db = Open("t1"))
        {
            var record = await db.Records.SingleAsync();
            record.TenantId = "t2";
            await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());
            db.ChangeTracker.Clear();
            db.Remove(new Record { Id = record.Id, TenantId = "t2" });
            await Assert.ThrowsAsync<TenantMismatchException>(() => db.SaveChangesAsync());
        }

        await using var guids = Open(practice.Id);
        guids.Add(new GuidRecord { Practice = practice, Text = "mine" });
        await guids.SaveChangesAsync();
        guids.Add(new GuidRecord { Practice = new Practice(Guid.NewGuid()), Text = "not mine" });
        await Assert.ThrowsAsync<TenantMismatchException>(() => guids.SaveChangesAsync());
        Assert.Equal(1L, _database.Scalar("""SELECT COUNT(*) FROM "GuidRecords" """));
    }

    [Fact]
    public async Task BulkUpdate_OfAnEncryptedProperty_KeepsToItsTenant()
    {
        var practices = new[] { new Practice(Guid.NewGuid()), new Practice(Guid.NewGuid()) };
        foreach (string tenant in new[] { "t1", "t2" })
        {
            await using var db = Open(tenant);
            db.Add(new Record { TenantId = tenant, Text = $"old {tenant}" });
            await db.SaveChangesAsync();
        }

        foreach (var practice in practices)
        {
            await using var db = Open(practice.Id);
            db.Add(new GuidRecord { Practice = practice, Text = "old" });
            await db.SaveChangesAsync();
        }

        string canary = "new canary";
        await using (var db = Open("t1"))
        {
            Assert.Equal(1, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, canary)));
            Assert.Equal(1, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Other, r => "constant canary")));
            Assert.Equal(1, db.Records.ExecuteUpdate(s => s.SetProperty(r => r.Other, "literal canary").SetProperty(r => r.Text, r => r.Text)));
            Assert.Equal(("new canary", "literal canary"), (await db.Records.Where(r => r.TenantId == "t1").Select(r => new { r.Text, r.Other }).SingleAsync()) is var row ? (row.Text, row.Other) : default);
            Assert.Equal(1, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Other, (string?)null)));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, r => r.TenantId)));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, r => r.Other)));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.TenantId, r => r.Text)));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, r => r.Text + "!")));
        }

        await using (var db = Open(practices[0].Id))
        {
            Assert.Equal(1, await db.GuidRecords.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, canary)));
        }

        await using (var db = Open("t2"))
        {
            Assert.Equal("old t2", await db.Records.Where(r => r.TenantId == "t2").Select(r => r.Text).SingleAsync());
            Assert.Equal(1, await db.Records.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, canary)));
            Assert.Equal(2, await db.Records.ExecuteDeleteAsync());
        }

        await using (var db = Open(practices[1].Id))
        {
            Assert.Equal("old", await db.GuidRecords.Where(r => r.Practice == practices[1]).Select(r => r.Text).SingleAsync());
        }

        Assert.Equal(-1, _database.Everything().AsSpan().IndexOf("canary"u8));
    }

    [Fact]
    public async Task BulkUpdate_WhereRowsDeclareNoTenant_IsRefusedForSeveralTenantsOnly()
    {
        await using (var db = Open("t1"))
        {
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.LooseRecords.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, "x")));
        }

        await using var single = new RecordContext(((DbContextOptionsBuilder<RecordContext>)_database.Configure(new DbContextOptionsBuilder<RecordContext>())).UseColumnCrypt(_keys).Options);
        single.Add(new LooseRecord { Text = "old" });
        await single.SaveChangesAsync();
        Assert.Equal(1, await single.LooseRecords.ExecuteUpdateAsync(s => s.SetProperty(r => r.Text, "x")));
        Assert.Equal("x", await single.LooseRecords.Select(r => r.Text).SingleAsync());
    }

    [Fact]
    public async Task ConstantTenant_WhateverTheContextsIs_ReadsAndWritesItsRows()
    {
        await using (var db = Open(null))
        {
            db.Add(new Login { Key = "k", Mail = "ann@x.org" });
            await db.SaveChangesAsync();
        }

        await using (var db = Open("t1"))
        {
            Assert.Equal("ann@x.org", (await db.Logins.SingleAsync(l => l.Key == "k")).Mail);
            db.Add(new Login { Key = "l", Mail = "bob@x.org" });
            db.Add(new Record { TenantId = "t1", Text = "own" });
            await db.SaveChangesAsync();
            Assert.Equal(2, await db.Logins.ExecuteUpdateAsync(s => s.SetProperty(l => l.Mail, "all@x.org")));
        }

        await using (var db = Open("t2"))
        {
            Assert.Equal(["all@x.org", "all@x.org"], await db.Logins.Select(l => l.Mail).ToListAsync());
            Assert.Equal(0, await db.Records.CountAsync(r => r.TenantId == "t2"));
        }

        await using var mixed = Open("t1");
        var rows = await mixed.Records.Select(r => new { r.Text, Mail = mixed.Logins.OrderBy(l => l.Id).Select(l => l.Mail).First() }).SingleAsync();
        Assert.Equal(("own", "all@x.org"), (rows.Text, rows.Mail));
    }

    [Fact]
    public async Task TwoInstancesAndDatabases_InOneProcess_StayApart()
    {
        using var otherDatabase = new TestDatabase();
        await using var otherKeys = TestKeys.InMemory();
        foreach (var (database, keys, text) in new[] { (_database, _keys, "one"), (otherDatabase, otherKeys, "two") })
        {
            await using var db = Open("t1", database, keys);
            await db.Database.EnsureCreatedAsync();
            db.Add(new Record { TenantId = "t1", Text = text });
            await db.SaveChangesAsync();
        }

        await using (var one = Open("t1", _database, _keys))
        await using (var two = Open("t1", otherDatabase, otherKeys))
        {
            Assert.Equal(("one", "two"), ((await one.Records.SingleAsync()).Text, (await two.Records.SingleAsync()).Text));
            Assert.Same(one.Model, two.Model);
        }

        await using var wrong = Open("t1", _database, otherKeys);
        await Assert.ThrowsAnyAsync<ColumnCryptException>(() => wrong.Records.ToListAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    private RecordContext Open(object? tenant, TestDatabase? database = null, ColumnCryptInstance? keys = null)
    {
        var options = new DbContextOptionsBuilder<RecordContext>();
        (database ?? _database).Configure(options);
        return new RecordContext(options.UseColumnCrypt(static c => c.Tenant, keys ?? _keys).Options) { Tenant = tenant };
    }
}
