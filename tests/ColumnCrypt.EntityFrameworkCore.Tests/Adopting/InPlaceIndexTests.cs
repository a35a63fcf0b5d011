using System.Linq.Expressions;
using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Lookups in columns that stay text by indexes that find other rows, too: of a normal form, of few bits, of a beginning.</summary>
public class InPlaceIndexTests
{
    private static readonly string[] s_columns = ["employees.ssn", "employees.note", "employees.name"];

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_WhileRowsAreMixed_AndOnceTheyAreMoved_FindsWhatLinqToObjectsFinds(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Indexed, "acme");
        await using (var db = firm.Adopting())
        {
            db.AddRange(New(1, "abc"), New(2, "ABC"), New(3, "abd"), New(4, "over"));
            await db.SaveChangesAsync();
        }

        // Not filled yet, and one that was and that an old version has written over: its index tells of a value that is gone.
        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            old.AddRange(New(5, "abc"), New(6, "Abc"), New(7, "abcd"), New(8, "zz"));
            await old.SaveChangesAsync();
            await old.Employees.Where(e => e.Visits == 4).ExecuteUpdateAsync(s => s.SetProperty(e => e.Ssn, "abc!").SetProperty(e => e.Note, "abc!").SetProperty(e => e.Name, "abc!"));
        }

        await EqualAsync();
        await using (var db = firm.Adopting())
        {
            // What asks the index alone, rows that are not moved cannot answer.
            string value = "abc";
            await NotYetAsync(db.Set<Employee>().Where(e => EF.Functions.IndexMatches(e.Ssn, value)));
            await NotYetAsync(db.Set<Employee>().Where(e => EF.Functions.HasPrefix(e.Note, value)));
            await NotYetAsync(db.Set<Employee>().Where(e => EF.Functions.IndexMatches(e.Name, value)));
        }

        using var keys = firm.Node();
        await using var data = firm.Data();
        foreach (string column in s_columns)
        {
            Assert.Empty((await keys.Keys.AdoptAsync(new AdoptOptions(column), data)).Failures);
        }

        await EqualAsync();
        await firm.MoveAsync(AdoptionState.Encrypted);
        await EqualAsync();
        await using (var db = firm.Adopting())
        {
            Assert.Equal([1, 2, 5, 6], await VisitsAsync(db, e => EF.Functions.IndexMatches(e.Ssn, "aBC")));
            Assert.Equal([1, 4, 5, 7], await VisitsAsync(db, e => EF.Functions.HasPrefix(e.Note, "abc")));
            Assert.Equal([2], await VisitsAsync(db, e => EF.Functions.HasPrefix(e.Note, "ABC")));
            Assert.Superset(new HashSet<int> { 1, 5 }, (await VisitsAsync(db, e => EF.Functions.IndexMatches(e.Name, "abc"))).ToHashSet());
            Assert.Equal(1L, Convert.ToInt64(firm.Database.Scalar("SELECT max(length(name_bi)) FROM employees"), null));
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new() { Recheck = true }), static state => Assert.True(state.IsComplete, state.ToString()));
        }

        // And back: the old rows hold plaintext again, and the index is believed beside ciphertext alone.
        await firm.MoveAsync(AdoptionState.Returned, TimeSpan.FromSeconds(3));
        await using (var db = firm.Adopting())
        {
            (await db.Set<Employee>().SingleAsync(e => e.Visits == 8)).Ssn = "abc";
            await db.SaveChangesAsync();
            Assert.Equal("abc", firm.Database.Scalar("SELECT ssn FROM employees WHERE visits = 8"));
        }

        await EqualAsync();

        async Task EqualAsync()
        {
            await using var db = firm.Adopting();
            var all = await db.Set<Employee>().AsNoTracking().ToListAsync();
            foreach (string value in (string[])["abc", "ABC", "Abc", "abcd", "abc!", "over", "ab", ""])
            {
                string[] some = [value, "zz"];
                await CheckAsync(e => e.Ssn == value);
                await CheckAsync(e => e.Ssn.Equals(value));
                await CheckAsync(e => e.Ssn == value && e.Visits > 2);
                await CheckAsync(e => some.Contains(e.Ssn));
                await CheckAsync(e => e.Name == value);
                await CheckAsync(e => some.Contains(e.Name));
                await CheckAsync(e => e.Name == value && e.Ssn == value);
                Assert.Equal(all.Count(e => e.Ssn == value), await db.Set<Employee>().CountAsync(e => e.Ssn == value));
                Assert.Equal(all.Any(e => e.Name == value), await db.Set<Employee>().AnyAsync(e => e.Name == value));
                Assert.Equal(all.FirstOrDefault(e => e.Name == value)?.Name, db.Set<Employee>().FirstOrDefault(e => e.Name == value)?.Name);
            }

            async Task CheckAsync(Expression<Func<Employee, bool>> condition) =>
                Assert.Equal(all.Where(condition.Compile()).Select(static e => e.Visits).Order(), await VisitsAsync(db, condition));
        }

        static async Task NotYetAsync(IQueryable<Employee> query) =>
            Assert.Contains("adopted in place", (await Assert.ThrowsAsync<EncryptedQueryException>(() => query.ToListAsync())).Message, StringComparison.Ordinal);
    }

    private static async Task<List<int>> VisitsAsync(AnyContext db, Expression<Func<Employee, bool>> condition) =>
        [.. (await db.Set<Employee>().AsNoTracking().Where(condition).ToListAsync()).Select(static e => e.Visits).Order()];

    private static Employee New(int visits, string value) => new() { Visits = visits, Ssn = value, Note = value, Name = value };

    private static void Indexed(ModelBuilder model)
    {
        InPlaceVersions.Old(model);
        var employee = model.Entity<Employee>().HasTenant(static e => e.TenantId);
        employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").AdoptInPlace(Versions.Until).HasBlindIndex().HasNormaliser(BlindIndexNormaliser.CaseInsensitive);
        employee.Property(static e => e.Note).IsEncrypted("employee.note").AdoptInPlace(Versions.Until).HasBlindIndex(BlindIndexPart.Prefix, 3);
        employee.Property(static e => e.Name).IsEncrypted("employee.name").AdoptInPlace(Versions.Until).HasBlindIndex().HasBits(2);
    }
}
