using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

// Must hold 1, 2
public class DesignTimeTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite, "BLOB")]
    [InlineData(DatabaseKind.PostgreSql, "bytea")]
    public async Task Migration_OfEncryptedColumns_IsOfBytesAndTheSecondIsEmpty(DatabaseKind kind, string type)
    {
        using var database = new TestDatabase(kind);
        ScaffoldedMigrationSources first;
        await using (var design = new ShopContext(ShopContext.Options(database).UseColumnCrypt(name: "absent at design time").Options))
        {
            first = new(DesignTime.AddMigration(design, "First"));
        }

        Assert.Contains($"full_name = table.Column<byte[]>(type: \"{type}\", nullable: false)", first.Migration, StringComparison.Ordinal);
        Assert.Contains($"credit = table.Column<byte[]>(type: \"{type}\", nullable: true)", first.Migration, StringComparison.Ordinal);
        Assert.Contains($"full_name_bi = table.Column<byte[]>(type: \"{type}\", nullable: true)", first.Migration, StringComparison.Ordinal);
        Assert.Contains("migrationBuilder.CreateIndex", first.Migration, StringComparison.Ordinal);
        Assert.Contains("unique: true", first.Migration, StringComparison.Ordinal);
        Assert.Contains("street = table.Column<byte[]>", first.Migration, StringComparison.Ordinal);
        var built = DesignTime.Build(first.All);
        await using (var design = new ShopContext(ShopContext.Options(database, built).UseColumnCrypt(name: "absent at design time").Options))
        {
            var second = DesignTime.AddMigration(design, "Second");
            Assert.DoesNotContain("migrationBuilder.", second.MigrationCode, StringComparison.Ordinal);
        }

        await using (var design = new ShopContext(ShopContext.Options(database, built).UseColumnCrypt(name: "absent at design time").Options))
        {
            Assert.False(design.Database.HasPendingModelChanges());
            Assert.Contains("full_name", design.GetService<IMigrator>().GenerateScript(), StringComparison.Ordinal);
        }

        await using var keys = TestKeys.InMemory();
        await using var db = new ShopContext(ShopContext.Options(database, built).UseColumnCrypt(keys).Options);
        await db.Database.MigrateAsync();
        await RoundTrip(() => new ShopContext(ShopContext.Options(database, built).UseColumnCrypt(keys).Options), database);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task CompiledModel_InTheModelsPlace_EncryptsReadsAndRefusesAlike(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        IModel model;
        await using (var design = new ShopContext(ShopContext.Options(database).UseColumnCrypt(name: "absent at design time").Options))
        {
            var compiled = DesignTime.Build(DesignTime.CompileModel(design)).GetTypes().Single(static t => t.Name == "ShopContextModel");
            model = (IModel)compiled.GetProperty("Instance")!.GetValue(null)!;
            await design.Database.EnsureCreatedAsync();
        }

        await using var keys = TestKeys.InMemory();
        await RoundTrip(() => new ShopContext(ShopContext.Options(database).UseModel(model).UseColumnCrypt(keys).Options), database);
        await using var forgotten = new ShopContext(ShopContext.Options(database).UseModel(model).Options);
        Assert.Throws<EncryptionModelException>(() => forgotten.Customers.ToList());
    }

    private static async Task RoundTrip(Func<ShopContext> open, TestDatabase database)
    {
        var customers = new[]
        {
            new Customer { FullName = "canary", Story = "canary sang home", Number = 7, Credit = 1.50m, Level = Level.High, Tags = ["canary"], Photo = [1], Since = DateTime.UnixEpoch, Address = new() { Street = "canary" } },
            new Customer(),
        };
        await using (var db = open())
        {
            db.AddRange(customers);
            await db.SaveChangesAsync();
        }

        await using (var db = open())
        {
            var read = await db.Customers.OrderBy(c => c.Id).ToListAsync();
            Assert.Equal(("canary", 7, 1.50m, Level.High, "canary"), (read[0].FullName, read[0].Number, read[0].Credit, read[0].Level, read[0].Address.Street));
            Assert.Equal(["canary"], read[0].Tags);
            Assert.Equal([1], read[0].Photo!);
            Assert.Equal(DateTime.UnixEpoch, read[0].Since);
            Assert.Equal(("", 0, null, Level.Low, null, default), (read[1].FullName, read[1].Number, read[1].Credit, read[1].Level, read[1].Photo, read[1].Since));
            Assert.False(db.ChangeTracker.HasChanges());
            read[0].Tags.Add("more");
            read[0].Photo![0] = 2;
            await db.SaveChangesAsync();
            Assert.Equal(1, await db.Customers.CountAsync(c => c.Number == 7 && c.FullName == "canary" && c.Credit == 1.5m && c.Level == Level.High));
            Assert.Equal(1, await db.Customers.CountAsync(c => c.Number != 7 && c.FullName == "" && c.Credit == null && c.Level == Level.Low));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Customers.Where(c => c.Number > 7).ToListAsync());
            Assert.Equal(["canary"], await db.Customers.Where(c => c.Since >= DateTime.UnixEpoch && c.Since < DateTime.UnixEpoch.AddDays(1)).Select(c => c.FullName).ToListAsync());
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Customers.OrderBy(c => c.FullName).ToListAsync());
            Assert.Equal(2, await db.Customers.ExecuteUpdateAsync(s => s.SetProperty(c => c.Credit, 9m)));
            Assert.Equal(2, await db.Customers.CountAsync(c => c.Credit == 9));
            Assert.Equal(["canary7", "0"], await db.Customers.OrderBy(c => c.Id).Select(c => c.FullName + c.Number).ToListAsync());
        }

        await using var again = open();
        var first = await again.Customers.OrderBy(c => c.Id).FirstAsync();
        Assert.Equal(["canary", "more"], first.Tags);
        Assert.Equal([2], first.Photo!);
        Assert.Equal("customer.number", again.Model.FindEntityType(typeof(Customer))!.FindProperty("Number")!.GetEncryptionPurpose());
        Assert.Equal(9, again.Database.GetEncryptedColumns().Count);
        Assert.Equal(4, again.Database.GetEncryptedColumns().Count(c => c.Index == $"{c.Column}_bi"));
        await Together(open);
        await Texts(open);
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));
    }

    // Composite indexes: saved, kept right by a save of one property of an entity that knows no other, asked, unique.
    private static async Task Together(Func<ShopContext> open)
    {
        await using (var db = open())
        {
            Assert.Equal(1, await db.Customers.CountAsync(c => c.FullName == "canary" && c.Number == 7));
            Assert.Equal("canary", (await db.Customers.SingleAsync(c => c.FullName == "canary" && c.Level == Level.High)).FullName);
            int id = (await db.Customers.AsNoTracking().SingleAsync(c => c.FullName == "canary")).Id;
            db.ChangeTracker.Clear();
            var stub = db.Attach(new Customer { Id = id });
            stub.Property(c => c.Number).CurrentValue = 8;
            await db.SaveChangesAsync();
        }

        await using (var db = open())
        {
            Assert.Equal(1, await db.Customers.CountAsync(c => c.FullName == "canary" && c.Number == 8));
            Assert.Equal(0, await db.Customers.CountAsync(c => c.FullName == "canary" && c.Number == 7));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Customers.ExecuteUpdateAsync(s => s.SetProperty(c => c.Number, 1)));
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new() { Recheck = true }), state => Assert.True(state.IsComplete, state.ToString()));
            using var name = await db.GetCipherAsync((Customer c) => c.FullName, values: 1);
            Assert.Equal(["full_name__level_bi", "full_name__number_bi", "full_name_bi"], name.Indexes.Columns.Select(index => index.Column).Order(StringComparer.Ordinal));
        }
    }

    // Text indexes: saved with the row, changed with it, asked, gone with it.
    private static async Task Texts(Func<ShopContext> open)
    {
        await using (var db = open())
        {
            string beginning = "can";
            var found = await db.Customers.SingleAsync(c => c.Story!.StartsWith(beginning));
            Assert.Equal(1, await db.Customers.CountAsync(c => EF.Functions.MatchesWords(c.Story, "HOME sang")));
            found.Story = "It flew";
            await db.SaveChangesAsync();
            Assert.Equal(0, await db.Customers.CountAsync(c => c.Story!.StartsWith(beginning)));
            Assert.Equal(0, await db.Customers.CountAsync(c => EF.Functions.MatchesWords(c.Story, "home")));
            beginning = "It f";
            Assert.Equal(1, await db.Customers.CountAsync(c => c.Story!.StartsWith(beginning)));
            Assert.Equal("It flew", (await db.Customers.SingleAsync(c => EF.Functions.MatchesWords(c.Story, "flew"))).Story);
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Customers.CountAsync(c => c.Story!.EndsWith("w")));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Customers.ExecuteUpdateAsync(s => s.SetProperty(c => c.Story, "x")));
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new() { Recheck = true }), state => Assert.True(state.IsComplete, state.ToString()));
        }
    }

    private sealed record ScaffoldedMigrationSources(string Migration, IReadOnlyList<string> All)
    {
        public ScaffoldedMigrationSources(Microsoft.EntityFrameworkCore.Migrations.Design.ScaffoldedMigration migration)
            : this(migration.MigrationCode, [migration.MigrationCode, migration.MetadataCode, migration.SnapshotCode])
        {
        }
    }
}
