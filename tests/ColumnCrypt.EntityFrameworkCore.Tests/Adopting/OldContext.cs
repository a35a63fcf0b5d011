using ColumnCrypt.EntityFrameworkCore.Tests.Support;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The version of the application that was there before.</summary>
public class OldContext(DbContextOptions<OldContext> options) : DbContext(options)
{
    public DbSet<Employee> Employees => Set<Employee>();

    public static OldContext Open(TestDatabase database)
    {
        var options = new DbContextOptionsBuilder<OldContext>();
        database.Configure(options);
        return new OldContext(options.Options);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => Versions.Old(modelBuilder);
}
