using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Properties of one type of several that share a table: rows of the others have the column, too.</summary>
public class HierarchyTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RowsOfASiblingType_AddedMeanwhile_DoNotStopTheAdoption(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Pets);
        await AddAsync(firm, new Dog { Chip = "1" }, new Cat());
        using var keys = firm.Node();
        await using var data = firm.Data();
        Assert.Equal(AdoptionState.Verified, (await keys.Keys.AdoptAsync(new AdoptOptions("pets.chip_encrypted"), data)).State);
        await AddAsync(firm, new Cat());
        await Task.Delay(3_200);
        var completed = await keys.Keys.AdoptAsync(new AdoptOptions("pets.chip_encrypted") { Step = AdoptStep.Complete }, data);
        Assert.Empty(completed.Failures);
        Assert.Equal(AdoptionState.Encrypted, completed.State);
        await using (var db = firm.Adopting())
        {
            Assert.Equal("1", (await db.Set<Dog>().SingleAsync()).Chip);
            Assert.Equal(3, (await db.Set<Pet>().ToListAsync()).Count);
        }

        // And the way back.
        await AddAsync(firm, new Cat());
        var returned = await keys.Keys.AdoptAsync(new AdoptOptions("pets.chip_encrypted") { Step = AdoptStep.Back, Reason = "a test" }, data);
        Assert.Empty(returned.Failures);
        Assert.Equal(AdoptionState.Returned, returned.State);
        Assert.Equal("1", firm.Database.Scalar("SELECT chip FROM pets WHERE chip IS NOT NULL"));
    }

    private static async Task AddAsync(Firm firm, params Pet[] pets)
    {
        await using var db = firm.Adopting();
        db.AddRange(pets.AsEnumerable());
        await db.SaveChangesAsync();
    }

    private static void Pets(ModelBuilder model)
    {
        model.Entity<Pet>().ToTable("pets").HasTenant(static p => p.Tenant);
        model.Entity<Cat>();
        model.Entity<Dog>().Property(static d => d.Chip).IsEncrypted("dog.chip").HasColumnName("chip_encrypted").AdoptFrom("chip", Versions.Until);
    }

    private class Pet
    {
        public int Id { get; set; }

        public string Tenant { get; set; } = "north";
    }

    private sealed class Dog : Pet
    {
        public string Chip { get; set; } = "";
    }

    private sealed class Cat : Pet
    {
        public int Lives { get; set; }
    }
}
