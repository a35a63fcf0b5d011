using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>The plaintext entity without ColumnCrypt anywhere: the base of the EF ratios.</summary>
public class PlainContext(DbContextOptions<PlainContext> options) : DbContext(options)
{
    public DbSet<PlainPatient> Plain => Set<PlainPatient>();
}
