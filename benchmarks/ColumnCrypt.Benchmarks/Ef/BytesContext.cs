using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Bytes that nothing encrypts.</summary>
public class BytesContext(DbContextOptions<BytesContext> options) : DbContext(options)
{
    public DbSet<BytesPatient> Rows => Set<BytesPatient>();
}
