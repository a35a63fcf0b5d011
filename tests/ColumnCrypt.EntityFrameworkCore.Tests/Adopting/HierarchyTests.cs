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

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RowsOfASiblingType_ReadThroughACast_AreNoMissingPlaintext_AndLaterNameTheNextStep(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Pets);
        await AddAsync(firm, new Dog { Chip = "1" }, new Cat());
        await using (var db = firm.Adopting())
        {
            Assert.Equal([null, "1"], (await db.Set<Pet>().Select(p => (string?)((Dog)p).Chip).ToListAsync()).Order());
            Assert.Equal([null, "1"], (await db.Set<Pet>().Select(p => (string?)(p as Dog)!.Chip).ToListAsync()).Order());
            firm.Database.Execute("UPDATE pets SET chip = NULL");
            Assert.Contains("pets.chip is NULL", (await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Dog>().Select(d => d.Chip).ToListAsync())).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Pet>().Select(p => (p as Dog)!.Chip).ToListAsync());
        }

        // A row that a version has added which knows no ciphertext: of the type, and of another.
        foreach (var (state, step) in new[]
        {
            (AdoptionState.Verified, "columncrypt adopt --complete --column pets.chip_encrypted"),
            (AdoptionState.Encrypted, "columncrypt adopt --clear --column pets.chip_encrypted"),
            (AdoptionState.Cleared, "columncrypt adopt --back REASON"),
            (AdoptionState.Returning, "columncrypt adopt --back REASON --column pets.chip_encrypted"),
        })
        {
            await firm.MoveAsync(state);
            firm.Database.Execute($"UPDATE pets SET chip_encrypted = {(kind == DatabaseKind.Sqlite ? "X''" : "''")}");
            await using var db = firm.Adopting();
            Assert.Equal(2, await db.Set<Pet>().CountAsync());
            Assert.Contains(step, (await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Dog>().ToListAsync())).Message, StringComparison.Ordinal);
            Assert.Contains(step, (await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Pet>().Select(p => (p as Dog)!.Chip).ToListAsync())).Message, StringComparison.Ordinal);
            Assert.Single(await db.Set<Cat>().ToListAsync());
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task TypesInTablesOfTheirOwn_AreReadTogether(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Tables);
        await AddAsync(firm, new Dog { Id = 1, Chip = "1" }, new Cat { Id = 2 });
        foreach (var state in (AdoptionState[])[AdoptionState.Dual, AdoptionState.Verified])
        {
            await firm.MoveAsync(state);
            await using var db = firm.Adopting();
            Assert.Equal([null, "1"], (await db.Set<Pet>().Select(p => (string?)(p as Dog)!.Chip).ToListAsync()).Order());
            Assert.Equal(["1"], (await db.Set<Pet>().AsNoTracking().ToListAsync()).OfType<Dog>().Select(d => d.Chip));
        }
    }

    private static async Task AddAsync(Firm firm, params Pet[] pets)
    {
        await using var db = firm.Adopting();
        db.AddRange(pets.AsEnumerable());
        await db.SaveChangesAsync();
    }

    private static void Tables(ModelBuilder model)
    {
        model.Entity<Pet>().UseTpcMappingStrategy().HasTenant(static p => p.Tenant).Property(static p => p.Id).ValueGeneratedNever();
        model.Entity<Cat>().ToTable("cats");
        model.Entity<Dog>().ToTable("dogs").Property(static d => d.Chip).IsEncrypted("dog.chip").HasColumnName("chip_encrypted").AdoptFrom("chip", Versions.Until);
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
