using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>The same entity with three encrypted columns.</summary>
public class SecretContext(DbContextOptions<SecretContext> options) : DbContext(options)
{
    public DbSet<SecretPatient> Secret => Set<SecretPatient>();
}
