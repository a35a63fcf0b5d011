using ColumnCrypt.EntityFrameworkCore.Tests.Support;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>While both columns are written and the plaintext leads: an old version and the adopting one work side by side.</summary>
public class DualTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task OldAndAdopting_SideBySide_SeeEachOthersValues(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        await using (var old = firm.Old())
        {
            old.Add(new Employee { Name = "old", Ssn = "000-1", Note = "plain", Salary = 7, Born = new(2001, 2, 3) });
            old.Add(new Employee { Name = "older", Ssn = "000-2" });
            await old.SaveChangesAsync();
        }

        await using (var db = firm.Adopting())
        {
            var first = await db.Set<Employee>().SingleAsync(e => e.Name == "old");
            Assert.Equal(("000-1", "plain", 7, (DateOnly?)new DateOnly(2001, 2, 3)), (first.Ssn, first.Note, first.Salary, first.Born));
            Assert.False(db.ChangeTracker.HasChanges());
            Assert.Null(firm.Database.Scalar("SELECT name FROM employees WHERE length(ssn_encrypted) > 0"));
            first.Note = "changed";
            db.Add(new Employee { Name = "young", Ssn = "000-3", Salary = 9 });
            await db.SaveChangesAsync();
        }

        await using (var old = firm.Old())
        {
            Assert.Equal(["changed", "", ""], old.Employees.OrderBy(e => e.Id).Select(e => e.Note ?? ""));
            var young = old.Employees.Single(e => e.Name == "young");
            Assert.Equal(("000-3", null, 9, null), (young.Ssn, young.Note, young.Salary, young.Born));
            young.Salary = 10;
            young.Note = "by the old one";
            await old.SaveChangesAsync();
        }

        await using (var db = firm.Adopting())
        {
            var young = await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Ssn == "000-3");
            Assert.Equal(("000-3", "by the old one", 10), (young.Ssn, young.Note, young.Salary));
            Assert.Equal(10, await db.Set<Employee>().Where(e => e.Name == "young").Select(e => e.Salary).SingleAsync());
        }
    }
}
