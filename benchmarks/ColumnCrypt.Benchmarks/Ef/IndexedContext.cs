using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>One entity that is looked up by name, plain or encrypted.</summary>
public class IndexedContext<TPatient>(DbContextOptions<IndexedContext<TPatient>> options) : DbContext(options)
    where TPatient : class
{
    public DbSet<TPatient> Patients => Set<TPatient>();
}
