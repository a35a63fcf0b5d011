using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>The first so many strings of <see cref="Wide"/>, encrypted or not.</summary>
public class WideContext(DbContextOptions options, int columns, bool encrypted) : DbContext(options)
{
    public int Columns => columns;

    public bool Encrypted => encrypted;

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.ReplaceService<IModelCacheKeyFactory, PerShape>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Wide>(wide =>
    {
        for (int i = 0; i < 30; i++)
        {
            string name = $"C{i:00}";
            if (i >= columns)
            {
                wide.Ignore(name);
            }
            else if (encrypted)
            {
                wide.Property<string>(name).IsEncrypted();
            }
        }
    });

    private sealed class PerShape : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (((WideContext)context).Columns, ((WideContext)context).Encrypted, designTime);
    }
}
