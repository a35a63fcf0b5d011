using System.Net;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4: every hit is checked again after decryption. SPEC-IDX-19
public class CheckedLookupTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfAnIndexThatLeadsToAnotherRow_FailsAndDoesNotReturnIt(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind);
        shop.Database.Execute("UPDATE \"Customer\" SET \"Email_bi\" = (SELECT c.\"Email_bi\" FROM \"Customer\" c WHERE c.\"Id\" = 1) WHERE \"Id\" = 2");
        await using var db = shop.As("a");
        foreach (var query in new Func<Task>[]
        {
            () => db.Set<Customer>().Where(static c => c.Email == "one").ToListAsync(),
            () => db.Set<Customer>().Where(static c => new[] { "one", "nobody" }.Contains(c.Email)).ToListAsync(),
            () => db.Set<Customer>().OrderByDescending(static c => c.Id).FirstAsync(static c => c.Email == "one"),
            () => db.Set<Customer>().Where(static c => c.Email == "one").OrderByDescending(static c => c.Id).Select(static c => c.City).Take(1).ToListAsync(),
            () => Task.FromResult(db.Set<Customer>().Where(static c => c.Email == "one").ToList()),
            () => Task.FromResult(db.Set<Customer>().OrderByDescending(static c => c.Id).FirstOrDefault(static c => c.Email == "one")),
        })
        {
            var error = await Assert.ThrowsAsync<CiphertextInvalidException>(query);
            Assert.Contains("Customer.Email", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("one", error.Message, StringComparison.Ordinal);
        }

        // What the database counts is not decrypted (SECURITY.md).
        Assert.Equal(2, await db.Set<Customer>().CountAsync(static c => c.Email == "one"));
        Assert.Equal("two", (await db.Set<Customer>().SingleAsync(static c => c.Ssn == "2")).Email);
    }

    public class Device
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public byte[]? Serial { get; set; }

        [Encrypted, BlindIndex]
        public IPAddress? Address { get; set; }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfWhatCSharpComparesByReference_FindsWhatIsEqual(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, static m => m.Entity<Device>());
        await using var db = shop.As("a");
        db.AddRange(new Device { Id = 1, Serial = [1, 2], Address = IPAddress.Parse("10.0.0.1") }, new Device { Id = 2, Serial = [1, 3], Address = IPAddress.Parse("10.0.0.2") }, new Device { Id = 3 });
        await db.SaveChangesAsync();
        byte[]? serial = [1, 3];
        byte[]?[] some = [serial, [9]];
        List<byte[]?> list = [.. some];
        var address = IPAddress.Parse("10.0.0.2");
        var devices = db.Set<Device>().AsNoTracking();
        foreach (var query in new[]
        {
            devices.Where(d => d.Serial == serial), devices.Where(d => d.Serial!.Equals(serial)), devices.Where(d => Equals(d.Serial, serial)), devices.Where(d => some.Contains(d.Serial)),
            devices.Where(d => list.Contains(d.Serial)), devices.Where(d => some.Any(s => s == d.Serial)), devices.Where(d => d.Address == address), devices.Where(d => new[] { address }.Contains(d.Address)),
        })
        {
            Assert.Equal(2, Assert.Single(await query.ToListAsync()).Id);
            Assert.Equal(2, (await query.SingleAsync()).Id);
        }

        shop.Database.Execute("UPDATE \"Device\" SET \"Serial_bi\" = (SELECT d.\"Serial_bi\" FROM \"Device\" d WHERE d.\"Id\" = 2) WHERE \"Id\" = 1");
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => devices.Where(d => d.Serial == serial).ToListAsync());
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => devices.Where(d => some.Contains(d.Serial)).ToListAsync());
        serial = null;
        Assert.Equal(3, (await devices.SingleAsync(d => d.Serial == serial)).Id);
    }

    [Fact]
    public async Task Lookup_OfNullBeforeTheIndexIsFilled_GivesNoRowThatHasAValue()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite);
        shop.Database.Execute("UPDATE \"Customer\" SET \"Email_bi\" = NULL WHERE \"Id\" = 2");
        await using var db = shop.As("a");
        string? none = null;
        Assert.Empty(await db.Set<Customer>().Where(c => c.Email == none).ToListAsync());
        var error = await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Customer>().FirstAsync(c => c.Email == none));
        Assert.Contains("fill", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lookup_OfATrackedRowThatWasChanged_IsCheckedAgainstTheDatabase()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite);
        await using var db = shop.As("a");
        var one = await db.Set<Customer>().SingleAsync(static c => c.Email == "one");
        one.Email = "changed, not saved";
        Assert.Same(one, await db.Set<Customer>().SingleAsync(static c => c.Email == "one"));
        Assert.Same(one, Assert.Single(await db.Set<Customer>().Where(static c => c.Email == "one").ToListAsync()));
        Assert.Equal(EntityState.Modified, db.Entry(one).State);
    }

    [Fact]
    public async Task Lookup_InManyForms_KeepsWhatTheQuerySaysOfTheRows()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite);
        await using (var db = shop.As("a"))
        {
            db.Add(new Purchase { Code = "p", CustomerId = 1 });
            await db.SaveChangesAsync();
        }

        await using var a = shop.As("a");
        Assert.Single((await a.Set<Customer>().Include(static c => c.Purchases).AsSplitQuery().SingleAsync(static c => c.Email == "one")).Purchases);
        Assert.Single(a.ChangeTracker.Entries<Purchase>());
        a.ChangeTracker.Clear();
        Assert.Single((await a.Set<Customer>().Where(static c => c.Email == "one").AsNoTracking().Include(static c => c.Purchases).ToListAsync())[0].Purchases);
        Assert.Empty(a.ChangeTracker.Entries());
        Assert.Equal(new { Id = 1, Purchases = 1 }, await a.Set<Customer>().Where(static c => c.Email == "one").Select(static c => new { c.Id, Purchases = c.Purchases.Count }).TagWith("tagged").FirstOrDefaultAsync());
        Assert.Null(await a.Set<Customer>().Where(static c => c.Email == "nobody").Select(static c => new { c.Id }).FirstOrDefaultAsync());
        Assert.Equal(0, await a.Set<Customer>().Where(static c => c.Email == "nobody").Select(static c => c.Id).SingleOrDefaultAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => a.Set<Customer>().SingleAsync(static c => c.Email == "nobody"));
        var again = a.Set<Customer>().Where(static c => c.Email == "one");
        Assert.Equal(again.AsEnumerable().Count(), again.AsEnumerable().Count());
        List<int> ids = [];
        await foreach (var customer in again.AsAsyncEnumerable())
        {
            ids.Add(customer.Id);
        }

        Assert.Equal([1], ids);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again.ToListAsync(cancelled.Token));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_InACutOffIndex_GivesNoOtherRows(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind, static m => m.Entity<Customer>(static c =>
        {
            c.HasTenant(static x => x.TenantId);
            c.Property(static x => x.Email).HasBlindIndex().HasBits(2);
        }));
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = shop.As(tenant);
            db.AddRange(Enumerable.Range(0, 60).Select(i => new Customer { TenantId = tenant, Ssn = $"{i}", Email = i % 10 == 0 ? null : $"e{i % 10}", City = $"{i % 3}" }));
            await db.SaveChangesAsync();
        }

        await using var a = shop.As("a");
        var all = await a.Set<Customer>().Where(static c => c.TenantId == "a").AsNoTracking().ToListAsync();
        var mine = a.Set<Customer>().Where(static c => c.TenantId == "a").AsNoTracking();
        for (int i = 0; i < 12; i++)
        {
            string? email = i == 0 ? null : $"e{i}";
            string?[] some = [email, "e3"];
            Assert.Equal(Ids(all.Where(c => c.Email == email)), Ids(await mine.Where(c => c.Email == email).ToListAsync()));
            Assert.Equal(Ids(all.Where(c => some.Contains(c.Email))), Ids(await mine.Where(c => some.Contains(c.Email)).ToListAsync()));
            Assert.Equal(all.Count(c => c.Email == email && c.City == "1"), await mine.CountAsync(c => c.Email == email && c.City == "1"));
            Assert.Equal(all.LongCount(c => c.Email == email), mine.LongCount(c => c.Email == email));
            Assert.Equal(all.Any(c => c.Email == email), await mine.AnyAsync(c => c.Email == email));
            Assert.Equal(all.Any(c => c.Email == email), mine.Any(c => c.Email == email));
            Assert.Equal(all.FirstOrDefault(c => c.Email == email)?.Id, (await mine.OrderBy(static c => c.Id).FirstOrDefaultAsync(c => c.Email == email))?.Id);
            Assert.Equal(all.FirstOrDefault(c => c.Email == email)?.Id, mine.OrderBy(static c => c.Id).FirstOrDefault(c => c.Email == email)?.Id);
            Assert.Equal(all.SingleOrDefault(c => c.Email == email && c.Ssn == $"{i}")?.Id, mine.SingleOrDefault(c => c.Email == email && c.Ssn == $"{i}")?.Id);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => mine.SingleAsync(static c => c.Email == "e1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => mine.FirstAsync(static c => c.Email == "nobody"));
        Assert.Throws<InvalidOperationException>(() => mine.First(static c => c.Email == "nobody"));
        Assert.Throws<InvalidOperationException>(() => mine.Single(static c => c.Email == "nobody"));
    }

    private static IEnumerable<int> Ids(IEnumerable<Customer> customers) => customers.Select(static c => c.Id).Order();

    private static async Task<Shop> OpenAsync(DatabaseKind kind)
    {
        var shop = await Shop.OpenAsync(kind);
        await using var db = shop.As("a");
        db.AddRange(
            new Customer { TenantId = "a", Ssn = "1", Email = "one" },
            new Customer { TenantId = "a", Ssn = "2", Email = "two" });
        await db.SaveChangesAsync();
        return shop;
    }
}
