using ColumnCrypt.EntityFrameworkCore.Tests.Search;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

/// <summary>A row that is deleted and added under one key in one save: EF makes an update of it.</summary>
public sealed class ReplacedRowTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task OwnedObject_WhenReplaced_IsTheNewOneWithItsIndex(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind);
        await using (var db = shop.As("a"))
        {
            db.Add(new House { Id = 1, Place = new Spot { Street = "old", Number = 1, Note = new string('n', 200_000) } });
            db.Add(new House { Id = 2, Place = new Spot { Street = "old", Number = 2 } });
            await db.SaveChangesAsync(Token);
        }

        await using (var db = shop.As("a"))
        {
            var house = await db.Set<House>().SingleAsync(h => h.Id == 1, Token);
            house.Place = new Spot { Street = "new", Number = null, Note = "short" };
            await db.SaveChangesAsync(Token);
        }

        await using (var db = shop.As("a"))
        {
            var place = (await db.Set<House>().SingleAsync(h => h.Place.Street == "new", Token)).Place;
            Assert.Equal(("new", null, "short"), (place.Street, place.Number, place.Note));
            Assert.Equal([2], await db.Set<House>().Where(static h => h.Place.Street == "old").Select(static h => h.Id).ToListAsync(Token));
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Entity_WhenRemovedAndAddedUnderOneKey_IsTheNewOne(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind);
        await using (var db = shop.As("a"))
        {
            db.Add(new House { Id = 1, Owner = "old" });
            await db.SaveChangesAsync(Token);
        }

        await using (var db = shop.As("a"))
        {
            db.Remove(await db.Set<House>().SingleAsync(Token));
            db.Add(new House { Id = 1, Owner = "new" });
            db.SaveChanges();
        }

        await using (var db = shop.As("a"))
        {
            Assert.Equal("new", (await db.Set<House>().SingleAsync(h => h.Owner == "new", Token)).Owner);
            Assert.Empty(await db.Set<House>().Where(static h => h.Owner == "old").ToListAsync(Token));
        }
    }

    private static Task<Shop> OpenAsync(DatabaseKind kind) => Shop.OpenAsync(kind, static model => model.Entity<House>(house =>
    {
        house.Property(static h => h.Id).ValueGeneratedNever();
        house.Property(static h => h.Owner).IsEncrypted().HasBlindIndex();
        house.OwnsOne(static h => h.Place, static place =>
        {
            place.Property(static p => p.Street).IsEncrypted("place.street").HasBlindIndex();
            place.Property(static p => p.Number).IsEncrypted("place.number");
            place.Property(static p => p.Note).IsEncrypted("place.note");
        });
    }));

    private sealed class House
    {
        public int Id { get; set; }

        public string? Owner { get; set; }

        public Spot Place { get; set; } = new();
    }

    private sealed class Spot
    {
        public string? Street { get; set; }

        public int? Number { get; set; }

        public string? Note { get; set; }
    }
}
