using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Letters that are found by beginnings and words.</summary>
public class LetterContext(DbContextOptions<LetterContext> options) : DbContext(options)
{
    public DbSet<Letter> Letters => Set<Letter>();
}
