using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Two parts of one type, whose columns come along one by one: what a query names by the type may be either.</summary>
public class PartTests
{
    [Theory]
    [InlineData("people.home_encrypted", "people.work_encrypted")]
    [InlineData("people.work_encrypted", "people.home_encrypted")]
    public async Task BulkUpdateOfOne_WhileOnlyOneOfThemIsPastItsPlaintext_IsRefused(string first, string second)
    {
        using var firm = new Firm(DatabaseKind.Sqlite, Adopting, "north");
        await using (var db = firm.Adopting())
        {
            db.Add(new Person { Home = new Place { Street = "a" }, Work = new Place { Street = "b" } });
            await db.SaveChangesAsync();
        }

        using var keys = firm.Node();
        await using var data = firm.Data();
        await StepAsync(first, AdoptStep.Adopt, AdoptionState.Verified);
        await StepAsync(second, AdoptStep.Adopt, AdoptionState.Verified);
        await Task.Delay(3_200);
        await StepAsync(first, AdoptStep.Complete, AdoptionState.Encrypted);
        await using (var db = firm.Adopting())
        {
            string why = (await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Person>().ExecuteUpdateAsync(s => s.SetProperty(p => p.Home.Street, "c").SetProperty(p => p.Work.Street, "d")))).Message;
            Assert.Contains("The query sets Place.Street", why, StringComparison.Ordinal);
            Assert.Contains("load the rows, change them and save", why, StringComparison.Ordinal);

            // Loaded, each has its own state.
            var person = await db.Set<Person>().SingleAsync();
            Assert.Equal("ab", person.Home.Street + person.Work.Street);
            (person.Home.Street, person.Work.Street) = ("c", "d");
            await db.SaveChangesAsync();
            Assert.Equal(first == "people.home_encrypted" ? "- d" : "c -", firm.Database.Scalar("SELECT coalesce(home, '-') || ' ' || coalesce(work, '-') FROM people"));
        }

        await StepAsync(second, AdoptStep.Complete, AdoptionState.Encrypted);
        firm.Restart();
        await using (var db = firm.Adopting())
        {
            Assert.Equal(1, await db.Set<Person>().ExecuteUpdateAsync(s => s.SetProperty(p => p.Home.Street, "e")));
            Assert.Equal("-", firm.Database.Scalar("SELECT coalesce(home, '-') FROM people"));
        }

        async Task StepAsync(string column, AdoptStep step, AdoptionState state)
        {
            Assert.Equal(state, (await keys.Keys.AdoptAsync(new AdoptOptions(column) { Step = step }, data)).State);
            firm.Restart();
        }
    }

    // Which of the two takes no null is not known by the type; that the other has one is no error.
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NullOfOne_WhichTakesIt_IsNoMissingPlaintext(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Adopting, "north");
        await using var db = firm.Adopting();
        db.Add(new Person { Home = new Place { Street = "a" }, Work = new Place { Street = null! } });
        await db.SaveChangesAsync();
        Assert.Null(await db.Set<Person>().Select(p => p.Work.Street).SingleAsync());
        Assert.Equal("a", await db.Set<Person>().Select(p => p.Home.Street).SingleAsync());
    }

    private static void Adopting(ModelBuilder model)
    {
        var person = model.Entity<Person>().ToTable("people").HasTenant(static p => p.Tenant);
        person.Navigation(static p => p.Home).IsRequired();
        person.Navigation(static p => p.Work).IsRequired();
        person.OwnsOne(static p => p.Home).Property(static p => p.Street).IsEncrypted("person.home").HasColumnName("home_encrypted").AdoptFrom("home", Versions.Until);
        person.OwnsOne(static p => p.Work).Property(static p => p.Street).IsRequired(false).IsEncrypted("person.work").HasColumnName("work_encrypted").AdoptFrom("work", Versions.Until);
    }

    private sealed class Person
    {
        public int Id { get; set; }

        public string Tenant { get; set; } = "north";

        public Place Home { get; set; } = new();

        public Place Work { get; set; } = new();
    }
}
