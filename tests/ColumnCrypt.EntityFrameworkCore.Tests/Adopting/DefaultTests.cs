using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Defaults that columns of plaintext have in the database.</summary>
public class DefaultTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NewRow_ThatLeavesAValueToTheDatabase_HasIts_InOldAndAdoptingVersions(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Adopting, "acme");
        await using (var old = firm.Old(Old))
        {
            old.Add(new Employee { Ssn = "000-1", Visits = 1 });
            await old.SaveChangesAsync();
        }

        await AddAsync(2, both: true);
        await firm.MoveAsync(AdoptionState.Verified);
        await AddAsync(3, both: true);
        await firm.MoveAsync(AdoptionState.Encrypted);
        await AddAsync(4, both: false);
        await firm.MoveAsync(AdoptionState.Returned);
        await using (var db = firm.Adopting())
        {
            Assert.Equal("nothing noted", (await db.Set<Employee>().SingleAsync(e => e.Visits == 1)).Note);
        }

        async Task AddAsync(int visits, bool both)
        {
            await using (var db = firm.Adopting())
            {
                var added = new Employee { Ssn = "000-1", Visits = visits, Name = visits == 3 ? "named" : null! };
                db.Add(added);
                if (visits == 3)
                {
                    // What EF would have asked the database for, it cannot compute for ciphertext.
                    Assert.Contains("set Born in the application", Assert.Throws<ColumnCryptException>(() => db.SaveChanges()).Message, StringComparison.Ordinal);
                }

                added.Born = new(2001, 2, 3);
                await db.SaveChangesAsync();
                Assert.Equal(("nothing noted", 100), (added.Note, added.Salary));
            }

            Assert.Equal(both ? "nothing noted 100" : "- 0", firm.Database.Scalar($"SELECT coalesce(note, '-') || ' ' || coalesce(salary, 0) FROM employees WHERE visits = {visits}"));
            await using (var db = firm.Adopting())
            {
                var read = await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Visits == visits);
                Assert.Equal(("nothing noted", 100, visits == 3 ? "named" : "nobody"), (read.Note, read.Salary, read.Name));
            }
        }
    }

    [Fact]
    public async Task DefaultThatCanBeChanged_IsEachRowsOwn()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, Bytes, "north");
        await using var db = firm.Adopting();
        var (one, other) = (db.Add(new Anything { Number = 1 }).Entity, db.Add(new Anything { Number = 2 }).Entity);
        await db.SaveChangesAsync();
        one.MaybeBytes![0] = 9;
        await db.SaveChangesAsync();
        Assert.Equal([7], other.MaybeBytes);
        Assert.Equal([7], db.Add(new Anything { Number = 3 }).Entity is var third && await db.SaveChangesAsync() == 1 ? third.MaybeBytes : null);
    }

    [Fact]
    public void DefaultOfWhatIsNotAdopted_IsRefused()
    {
        using var database = new TestDatabase();
        using var keys = TestKeys.InMemory();
        using var db = AnyContext.Open(database, keys, static m => m.Entity<Employee>().Property(e => e.Ssn).HasDefaultValue("x").IsEncrypted().HasTextForm());
        Assert.Contains("has a default value in the database", Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    private static void Bytes(ModelBuilder model)
    {
        var anything = model.Entity<Anything>().ToTable("anything").HasTenant("north");
        anything.HasKey(static a => a.Number);
        anything.Property(static a => a.Number).ValueGeneratedNever();
        anything.OwnsOne(static a => a.Home);
        anything.Ignore(static a => a.Others);
        anything.Property(static a => a.MaybeBytes).IsEncrypted("anything.bytes").HasColumnName("maybe_encrypted").AdoptFrom("maybe", Versions.Until).HasDefaultValue(new byte[] { 7 });
    }

    private static void Old(ModelBuilder model) => Base(model);

    private static void Adopting(ModelBuilder model)
    {
        var employee = Base(model).HasTenant(static e => e.TenantId);
        employee.Property(static e => e.Note).IsEncrypted("employee.note").HasColumnName("note_encrypted").AdoptFrom("note", Versions.Until);
        employee.Property(static e => e.Salary).IsEncrypted("employee.salary").HasColumnName("salary_encrypted").AdoptFrom("salary", Versions.Until);
        employee.Property(static e => e.Born).IsEncrypted("employee.born").HasColumnName("born_encrypted").AdoptFrom("born", Versions.Until);
        employee.Property(static e => e.Name).IsEncrypted("employee.name").AdoptInPlace(Versions.Until);
    }

    private static EntityTypeBuilder<Employee> Base(ModelBuilder model)
    {
        var employee = model.Entity<Employee>().ToTable("employees");
        employee.Property(static e => e.Id).HasColumnName("id");
        employee.Property(static e => e.TenantId).HasColumnName("tenant_id");
        employee.Property(static e => e.Name).HasColumnName("name").IsRequired(false).HasDefaultValue("nobody");
        employee.Property(static e => e.Visits).HasColumnName("visits");
        employee.Property(static e => e.Ssn).HasColumnName("ssn");
        employee.Property(static e => e.Note).HasColumnName("note").HasDefaultValue("nothing noted");
        employee.Property(static e => e.Salary).HasColumnName("salary").HasDefaultValue(100);
        employee.Property(static e => e.Born).HasColumnName("born").HasDefaultValueSql("'2001-01-01'");
        model.Entity<Leave>().ToTable("leaves");
        return employee;
    }
}
