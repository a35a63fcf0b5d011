using System.Text;
using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests;

// Must hold 1
public class EndToEndTests
{
    public class Patient
    {
        public int Id { get; set; }

        [Encrypted]
        public string Name { get; set; } = "";

        [Encrypted("patient.ssn")]
        public string? Ssn { get; set; }

        [Encrypted]
        public DateOnly? Born { get; set; }
    }

    public class Clinic(DbContextOptions<Clinic> options) : DbContext(options)
    {
        public string? Tenant { get; set; }

        public DbSet<Patient> Patients => Set<Patient>();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Entity_WhenSavedAndRead_IsPlaintextHereAndCiphertextThere(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var db = Open(database, keys, "t1"))
        {
            await db.Database.EnsureCreatedAsync();
            db.Patients.Add(new Patient { Name = "Ada Canary", Ssn = "123-45-6789", Born = new DateOnly(1815, 12, 10) });
            db.Patients.Add(new Patient { Name = "", Ssn = null, Born = null });
            Assert.Equal(2, await db.SaveChangesAsync());
        }

        await using (var db = Open(database, keys, "t1"))
        {
            var patients = await db.Patients.OrderBy(p => p.Id).ToListAsync();
            Assert.Equal(("Ada Canary", "123-45-6789", new DateOnly(1815, 12, 10)), (patients[0].Name, patients[0].Ssn, patients[0].Born));
            Assert.Equal(("", null, null), (patients[1].Name, patients[1].Ssn, patients[1].Born));
        }

        Assert.Equal(0xC1, ((byte[])database.Scalar("""SELECT "Name" FROM "Patients" LIMIT 1""")!)[0]);
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf(Encoding.UTF8.GetBytes("Canary")));
        await using var other = Open(database, keys, "t2");
        await Assert.ThrowsAsync<TenantMismatchException>(() => other.Patients.ToListAsync());
    }

    private static Clinic Open(TestDatabase database, ColumnCryptInstance keys, string tenant)
    {
        var options = new DbContextOptionsBuilder<Clinic>();
        database.Configure(options);
        options.UseColumnCrypt(c => c.Tenant, keys);
        return new Clinic(options.Options) { Tenant = tenant };
    }
}
