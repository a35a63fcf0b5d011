namespace ColumnCrypt.EntityFrameworkCore.Tests.Model;

// Must hold 1, 9 (PEERS 10)
public class MappingTests
{
    public class Place
    {
        public string Zip { get; set; } = "";

        [Encrypted]
        public string Street { get; set; } = "";

        [Encrypted]
        public int? Floor { get; set; }
    }

    public class Line
    {
        public int Id { get; set; }

        [Encrypted]
        public string Text { get; set; } = "";
    }

    public class Order
    {
        public int Id { get; set; }

        public Place Owned { get; set; } = new();

        public Place? OptionalOwned { get; set; }

        public Place Complex { get; set; } = new();

        public Place? OptionalComplex { get; set; }

        public List<Line> Lines { get; set; } = [];
    }

    public abstract class Animal
    {
        public int Id { get; set; }

        [Encrypted]
        public string Name { get; set; } = "";
    }

    public class Dog : Animal
    {
        [Encrypted]
        public string Breed { get; set; } = "";
    }

    public class Cat : Animal
    {
        [Encrypted]
        public int Lives { get; set; }
    }

    [Keyless]
    public class AnimalView
    {
        [Encrypted("Animal.Name")]
        public string Name { get; set; } = "";
    }

    public class NameRow
    {
        [Encrypted("Animal.Name")]
        public string Name { get; set; } = "";
    }

    public static TheoryData<DatabaseKind, string> Hierarchies()
    {
        var data = new TheoryData<DatabaseKind, string>();
        foreach (var kind in Enum.GetValues<DatabaseKind>())
        {
            data.Add(kind, "TPH");
            data.Add(kind, "TPT");
            data.Add(kind, "TPC");
        }

        return data;
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task OwnedAndComplex_WhenSavedUpdatedAndRead_AreEncrypted(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var db = AnyContext.Open(database, keys, Orders))
        {
            await db.Database.EnsureCreatedAsync();
            db.Add(new Order
            {
                Owned = new Place { Street = "canary 1", Floor = 1 },
                OptionalOwned = new Place { Street = "canary 2" },
                Complex = new Place { Street = "canary 3", Floor = 3 },
                OptionalComplex = new Place { Street = "canary 4", Zip = "z" },
                Lines = [new Line { Text = "canary 5" }, new Line { Text = "canary 6" }],
            });
            db.Add(new Order());
            await db.SaveChangesAsync();
        }

        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        await using (var db = AnyContext.Open(database, keys, Orders))
        {
            var order = await db.Set<Order>().OrderBy(o => o.Id).FirstAsync();
            Assert.Equal(
                ("canary 1", 1, "canary 2", "canary 3", "canary 4", "canary 5"),
                (order.Owned.Street, order.Owned.Floor, order.OptionalOwned!.Street, order.Complex.Street, order.OptionalComplex!.Street, order.Lines[0].Text));
            order.Owned.Street = "canary 11";
            order.Complex.Street = "canary 13";
            order.OptionalComplex = null;
            order.Lines[1].Text = "canary 16";
            order.OptionalOwned = null;
            await db.SaveChangesAsync();
        }

        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        await using (var db = AnyContext.Open(database, keys, Orders))
        {
            var orders = await db.Set<Order>().OrderBy(o => o.Id).ToListAsync();
            Assert.Equal(("canary 11", "canary 13", "canary 16"), (orders[0].Owned.Street, orders[0].Complex.Street, orders[0].Lines[1].Text));
            Assert.Null(orders[0].OptionalComplex);
            Assert.Null(orders[0].OptionalOwned);
            Assert.Null(orders[1].OptionalComplex);
            Assert.Equal(["canary 13", ""], await db.Set<Order>().OrderBy(o => o.Id).Select(o => o.Complex.Street).ToListAsync());
            await db.Set<Order>().Where(o => o.Id == orders[0].Id).ExecuteUpdateAsync(s => s.SetProperty(o => o.Complex.Street, "canary 23").SetProperty(o => o.Owned.Street, "canary 21"));
            db.ChangeTracker.Clear();
            var updated = await db.Set<Order>().SingleAsync(o => o.Id == orders[0].Id);
            Assert.Equal(("canary 23", "canary 21"), (updated.Complex.Street, updated.Owned.Street));
        }

        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
    }

    [Theory]
    [MemberData(nameof(Hierarchies))]
    public async Task Hierarchy_OfEveryMapping_IsEncrypted(DatabaseKind kind, string mapping)
    {
        Action<ModelBuilder> build = mapping switch
        {
            "TPT" => static model => Animals(model).UseTptMappingStrategy(),
            "TPC" => static model => Animals(model).UseTpcMappingStrategy().Property(static a => a.Id).ValueGeneratedNever(),
            _ => static model => Animals(model),
        };
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var db = AnyContext.Open(database, keys, build))
        {
            await db.Database.EnsureCreatedAsync();
            db.AddRange(new Dog { Id = 1, Name = "canary dog", Breed = "canary breed" }, new Cat { Id = 2, Name = "canary cat", Lives = 9 });
            await db.SaveChangesAsync();
        }

        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
        await using var again = AnyContext.Open(database, keys, build);
        var animals = await again.Set<Animal>().OrderBy(a => a.Id).ToListAsync();
        Assert.Equal(("canary dog", "canary breed"), (animals[0].Name, ((Dog)animals[0]).Breed));
        Assert.Equal(("canary cat", 9), (animals[1].Name, ((Cat)animals[1]).Lives));
        Assert.Equal("canary breed", await again.Set<Animal>().OfType<Dog>().Select(d => d.Breed).SingleAsync());
        Assert.Equal(["canary cat", "canary dog"], (await again.Set<Animal>().Select(a => a.Name).ToListAsync()).Order());
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task KeylessTypeAndSqlQuery_WithTheSamePurpose_ReadTheColumn(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static model =>
        {
            Animals(model);
            model.Entity<AnimalView>().ToView("AnimalView");
        });
        await db.Database.EnsureCreatedAsync();
        database.Execute("""CREATE VIEW "AnimalView" AS SELECT "Name" FROM "Animal" """);
        db.Add(new Dog { Name = "Rex" });
        await db.SaveChangesAsync();
        Assert.Equal("Rex", (await db.Set<AnimalView>().SingleAsync()).Name);
        Assert.Equal("Rex", (await db.Database.SqlQuery<NameRow>($"""SELECT "Name" FROM "Animal" """).SingleAsync()).Name);
        Assert.Equal("Rex", (await db.Set<Dog>().FromSql($"""SELECT * FROM "Animal" """).SingleAsync()).Name);
    }

    [Fact]
    public async Task Report_OfAModel_ListsEveryColumn()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static model =>
        {
            Animals(model);
            model.Entity<Cat>().Property(static c => c.Name).HasMaxLength(20);
        });
        Assert.Equal(
            ["Animal.Breed Dog.Breed String ", "Animal.Lives Cat.Lives Int32 ", "Animal.Name Animal.Name String 20"],
            db.Database.GetEncryptedColumns().Select(static c => $"{c.Table}.{c.Column} {c.Purpose} {c.Type.Name} {c.Size}").Order());
        var name = db.Model.FindEntityType(typeof(Animal))!.FindProperty("Name")!;
        Assert.True(name.IsEncrypted());
        Assert.Equal("Animal.Name", name.GetEncryptionPurpose());
        Assert.False(db.Model.FindEntityType(typeof(Animal))!.FindProperty("Id")!.IsEncrypted());
    }

    private static Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Animal> Animals(ModelBuilder model)
    {
        model.Entity<Dog>();
        model.Entity<Cat>();
        return model.Entity<Animal>();
    }

    private static void Orders(ModelBuilder model) => model.Entity<Order>(static order =>
    {
        order.OwnsOne(static o => o.Owned, static p => Purposes(p.Property(static x => x.Street), p.Property(static x => x.Floor), "owned"));
        order.OwnsOne(static o => o.OptionalOwned, static p => Purposes(p.Property(static x => x.Street), p.Property(static x => x.Floor), "optional"));
        order.ComplexProperty(static o => o.Complex, static p =>
        {
            p.Property(static x => x.Street).IsEncrypted("complex.street");
            p.Property(static x => x.Floor).IsEncrypted("complex.floor");
        });
        order.ComplexProperty(static o => o.OptionalComplex, static p =>
        {
            p.Property(static x => x!.Street).IsEncrypted("optionalcomplex.street");
            p.Property(static x => x!.Floor).IsEncrypted("optionalcomplex.floor");
        });
        order.OwnsMany(static o => o.Lines, static l => l.HasKey(static x => x.Id));
    });

    private static void Purposes(
        Microsoft.EntityFrameworkCore.Metadata.Builders.PropertyBuilder<string> street,
        Microsoft.EntityFrameworkCore.Metadata.Builders.PropertyBuilder<int?> floor,
        string name)
    {
        street.IsEncrypted($"{name}.street");
        floor.IsEncrypted($"{name}.floor");
    }
}
