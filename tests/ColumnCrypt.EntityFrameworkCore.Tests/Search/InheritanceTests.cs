namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class InheritanceTests
{
    public interface INamed
    {
        string Name { get; }
    }

    public abstract class Animal : INamed
    {
        public int Id { get; set; }

        [Encrypted, BlindIndex]
        public string Name { get; set; } = "";
    }

    public class Cat : Animal
    {
        [Encrypted, BlindIndex]
        public int Lives { get; set; }
    }

    public class Dog : Animal
    {
        [Encrypted, BlindIndex(Unique = true)]
        public string? Tag { get; set; }
    }

    public static TheoryData<string, Action<ModelBuilder>> Mappings() => new()
    {
        { "TPH", static m => Map(m).UseTphMappingStrategy() },
        { "TPT", static m => Map(m).UseTptMappingStrategy() },
        { "TPC", static m => Map(m).UseTpcMappingStrategy() },
    };

    [Theory, MemberData(nameof(Mappings))]
    public async Task Lookup_InAHierarchy_FindsBaseAndDerivedProperties(string mapping, Action<ModelBuilder> model)
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, model);
        await using var db = shop.As("a");
        db.AddRange(new Cat { Id = 1, Name = "Tom", Lives = 9 }, new Dog { Id = 2, Name = "Tom", Tag = "x" }, new Dog { Id = 3, Name = "Rex" });
        await db.SaveChangesAsync();
        Assert.True(await db.Set<Animal>().CountAsync(static a => a.Name == "Tom") == 2, mapping);
        Assert.Equal(1, await db.Set<Cat>().CountAsync(static c => c.Name == "Tom" && c.Lives == 9));
        Assert.Equal(1, await db.Set<Animal>().CountAsync(static a => ((Cat)a).Lives == 9));
        Assert.Equal(2, await db.Set<Animal>().OfType<Dog>().Where(static d => d.Tag == "x").Select(static d => d.Id).SingleAsync());
        Assert.Equal([1, 2], await Named(db.Set<Animal>(), "Tom").OrderBy(static a => a.Id).Select(static a => a.Id).ToListAsync());
        (await db.Set<Dog>().SingleAsync(static d => d.Tag == "x")).Tag = "y";
        await db.SaveChangesAsync();
        Assert.Equal(2, (await db.Set<Dog>().SingleAsync(static d => d.Tag == "y")).Id);
    }

    private static IQueryable<T> Named<T>(IQueryable<T> rows, string name)
        where T : INamed => rows.Where(r => r.Name == name);

    private static Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Animal> Map(ModelBuilder model)
    {
        model.Entity<Cat>();
        model.Entity<Dog>();
        return model.Entity<Animal>();
    }
}
