using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

/// <summary>A compiled model of adopted properties, beside their plaintext and in place, goes the way of the model that it was made from.</summary>
public class AdoptionCompiledModelTests
{
    private static readonly DateOnly s_until = new(2099, 1, 1);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task CompiledModel_OfAdoptedProperties_ReadsWritesAndAsksByTheState(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        IModel model;
        await using (var design = PersonContext.Open(database, null, Adopting, static options => options.UseColumnCrypt(name: "absent at design time")))
        {
            var compiled = DesignTime.Build(DesignTime.CompileModel(design)).GetTypes().Single(static t => t.Name == "PersonContextModel");
            model = (IModel)compiled.GetProperty("Instance")!.GetValue(null)!;
            await design.Database.EnsureCreatedAsync();
        }

        var bound = TimeSpan.FromSeconds(1.3);
        await using var keys = ColumnCryptInstance.Create(static cc =>
        {
            (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
            cc.UseInMemoryKeys();
        });
        await using System.Data.Common.DbDataSource data = database.Connect() is var connection && kind == DatabaseKind.PostgreSql
            ? NpgsqlDataSource.Create(connection.ConnectionString) : SqliteFactory.Instance.CreateDataSource(connection.ConnectionString);
        connection.Dispose();
        database.Execute("INSERT INTO people (ssn, note, photo) VALUES ('000-1', 'old', '')");

        await AddAsync("000-2", "new");
        await CheckAsync(("000-1", "old"), ("000-2", "new"));
        database.Execute("UPDATE people SET ssn = '000-9', note = 'by an old one' WHERE ssn = '000-2'");
        await CheckAsync(("000-1", "old"), ("000-9", "by an old one"));
        await StepAsync(AdoptStep.Adopt, AdoptionState.Verified, AdoptionState.Dual);
        await StepAsync(AdoptStep.Complete, AdoptionState.Encrypted, AdoptionState.Encrypted);
        await AddAsync("000-3", "later");
        await CheckAsync(("000-1", "old"), ("000-9", "by an old one"), ("000-3", "later"));
        Assert.Equal(3L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM people WHERE note LIKE 'cc1:%'"), null));
        Assert.Equal(0L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM people WHERE ssn = '000-3'"), null));

        // Defaults of the columns of plaintext, which the database cannot encrypt.
        await AddAsync("000-4", null);
        await using (var db = Open())
        {
            Assert.Equal(("none", (int?)21), await db.Set<Person>().Where(p => p.Ssn == "000-4").Select(p => new ValueTuple<string?, int?>(p.Note, p.Age)).SingleAsync());
        }

        database.Execute("UPDATE people SET note = 'late'");
        await using (var db = Open())
        {
            await Assert.ThrowsAsync<CiphertextInvalidException>(() => db.Set<Person>().ToListAsync());
        }

        PersonContext Open() => PersonContext.Open(database, null, Adopting, options => options.UseModel(model).UseColumnCrypt(keys));

        async Task AddAsync(string ssn, string? note)
        {
            await using var db = Open();
            db.Add(new Person { Ssn = ssn, Note = note });
            await db.SaveChangesAsync();
        }

        async Task CheckAsync(params (string Ssn, string Note)[] right)
        {
            await using var db = Open();
            var people = db.Set<Person>();
            Assert.Equal(right, (await people.OrderBy(p => p.Id).ToListAsync()).Select(static p => (p.Ssn, p.Note!)));
            Assert.False(db.ChangeTracker.HasChanges());
            foreach (var (ssn, note) in right)
            {
                Assert.Equal(note, await people.Where(p => p.Ssn == ssn).Select(p => p.Note).SingleAsync());
                Assert.Equal(ssn, (await people.AsNoTracking().SingleAsync(p => p.Note == note)).Ssn);
                Assert.Equal(1, await people.CountAsync(p => p.Ssn == ssn && p.Note != "none"));
            }

            Assert.False(await people.AnyAsync(p => p.Note == "new" && right.Length > 2));
            await Assert.ThrowsAsync<EncryptedQueryException>(() => people.OrderBy(p => p.Note).ToListAsync());
        }

        async Task StepAsync(AdoptStep step, AdoptionState beside, AdoptionState inPlace)
        {
            foreach (var (column, end) in new[] { ("people.ssn_encrypted", beside), ("people.note", inPlace) })
            {
                await Task.Delay(bound);
                var result = await keys.Keys.AdoptAsync(new AdoptOptions(column) { Step = step }, data);
                Assert.Empty(result.Failures);
                Assert.Equal(end, result.State);
            }

            await Task.Delay(bound);
        }
    }

    private static void Adopting(EntityTypeBuilder<Person> person)
    {
        person.Property(static p => p.Ssn).IsEncrypted("ssn").HasColumnName("ssn_encrypted").AdoptFrom("ssn", s_until).HasBlindIndex();
        person.Property(static p => p.Note).IsEncrypted("note").HasDefaultValue("none").AdoptInPlace(s_until).HasBlindIndex();
        person.Property(static p => p.Age).IsEncrypted("age").HasColumnName("age_encrypted").HasDefaultValue(21).AdoptFrom("age", s_until);
    }
}
