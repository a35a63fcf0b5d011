using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>The first so many strings of <see cref="Wide"/>, encrypted or not, as <see cref="WideShape"/> says.</summary>
public class WideContext(DbContextOptions<WideContext> options) : DbContext(options)
{
    private readonly WideShape _shape = options.FindExtension<WideShape>()!;

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Wide>(wide =>
    {
        for (int i = 0; i < 30; i++)
        {
            string name = $"C{i:00}";
            if (i >= _shape.Columns)
            {
                wide.Ignore(name);
            }
            else if (_shape.Encrypted)
            {
                wide.Property<string>(name).IsEncrypted();
            }
        }
    });
}
