namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4, Must hold 2
public class LookupTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_ByEquality_FindsTheRowsOfItsTenantAlone(DatabaseKind kind)
    {
        await using var shop = await Shop.OpenAsync(kind);
        foreach (string tenant in new[] { "a", "b" })
        {
            await using var db = shop.As(tenant);
            db.Add(new Customer { TenantId = tenant, Ssn = "123", Email = "x@x.org", Age = 30, Born = new DateOnly(1990, 1, 2), Purchases = [new Purchase { Code = "p1" }] });
            db.Add(new Customer { TenantId = tenant, Ssn = null, Email = "x@x.org", Age = 31 });
            await db.SaveChangesAsync();
        }

        await using var a = shop.As("a");
        string ssn = "123";
        string email = "x@x.org";
        int age = 30;
        DateOnly? born = new DateOnly(1990, 1, 2);
        string?[] some = ["123", null];
        int[] ages = [30, 99];
        Assert.Equal("a", (await a.Set<Customer>().SingleAsync(c => c.Ssn == ssn)).TenantId);
        Assert.Equal("a", (await a.Set<Customer>().SingleAsync(c => c.Ssn == "123")).TenantId);
        Assert.Equal(2, await a.Set<Customer>().CountAsync(c => c.Email == email));
        Assert.Equal(1, await a.Set<Customer>().CountAsync(c => c.Age == age));
        Assert.Equal(1, await a.Set<Customer>().CountAsync(c => c.Born == born));
        Assert.Equal(1, await a.Set<Customer>().CountAsync(c => EF.Functions.HasYear(c.Born, 1990)));
        Assert.Equal(0, await a.Set<Customer>().CountAsync(c => EF.Functions.HasYear(c.Born, 1991)));
        Assert.Equal(1, await a.Set<Customer>().CountAsync(c => ages.Contains(c.Age)));
        Assert.Equal(2, await a.Set<Customer>().CountAsync(c => c.TenantId == "a" && some.Contains(c.Ssn)));
        Assert.Equal(1, await a.Set<Customer>().CountAsync(c => c.Purchases.Any(p => p.Code == "p1")));
        Assert.Equal(1, await a.Set<Purchase>().CountAsync(p => p.Customer!.Ssn == ssn));
        Assert.Equal(3, await a.Set<Customer>().CountAsync(c => c.Ssn != ssn));
    }
}
