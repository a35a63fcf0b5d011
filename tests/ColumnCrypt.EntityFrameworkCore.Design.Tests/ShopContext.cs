using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

public enum Level
{
    Low,
    High,
}

[CompositeBlindIndex("customer.name-number", nameof(FullName), nameof(Number), Unique = true)]
[CompositeBlindIndex("customer.name-level", nameof(FullName), nameof(Level), Bits = 20, Normalisers = [BlindIndexNormaliser.CaseInsensitive, BlindIndexNormaliser.CaseInsensitive])]
public class Customer
{
    public int Id { get; set; }

    public string City { get; set; } = "";

    [Encrypted, BlindIndex(Unique = true)]
    public string FullName { get; set; } = "";

    [Encrypted("customer.number"), BlindIndex]
    public int Number { get; set; }

    [Encrypted, BlindIndex]
    public decimal? Credit { get; set; }

    [Encrypted, BlindIndex(AllowSmallDomain = "a test of the property's own converter")]
    public Level Level { get; set; }

    [Encrypted]
    public List<string> Tags { get; set; } = [];

    [Encrypted]
    public byte[]? Photo { get; set; }

    [Encrypted, RangeIndex(From = "1970-01-01", Width = "7", Buckets = 200)]
    public DateTime Since { get; set; }

    [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 5), TextIndex(Words = true)]
    public string? Story { get; set; }

    public Address Address { get; set; } = new();
}

public class Address
{
    [Encrypted]
    public string Street { get; set; } = "";
}

/// <summary>At design time there are no services, keys or tenants: the options say UseColumnCrypt, and that is all.</summary>
public class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public static DbContextOptionsBuilder<ShopContext> Options(TestDatabase database, System.Reflection.Assembly? migrations = null)
    {
        var options = new DbContextOptionsBuilder<ShopContext>();
        string connectionString = database.Connect() is var connection ? connection.ConnectionString : "";
        _ = database.Kind == DatabaseKind.Sqlite
            ? options.UseSqlite(connectionString, o => Use(o, migrations))
            : options.UseNpgsql(connectionString, o => Use(o, migrations));
        connection.Dispose();
        return options;
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Customer>().HasTenant("shop");
        modelBuilder.Entity<Customer>().ComplexProperty(static c => c.Address);
        modelBuilder.Entity<Customer>().Property(static c => c.Level).HasConversion<string>();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) => configurationBuilder.Conventions.Add(static _ => new SnakeCase());

    private static void Use<TBuilder, TExtension>(Microsoft.EntityFrameworkCore.Infrastructure.RelationalDbContextOptionsBuilder<TBuilder, TExtension> builder, System.Reflection.Assembly? migrations)
        where TBuilder : Microsoft.EntityFrameworkCore.Infrastructure.RelationalDbContextOptionsBuilder<TBuilder, TExtension>
        where TExtension : Microsoft.EntityFrameworkCore.Infrastructure.RelationalOptionsExtension, new()
    {
        if (migrations is not null)
        {
            builder.MigrationsAssembly(migrations);
        }
    }

    /// <summary>A convention of the application's own, run after ColumnCrypt's.</summary>
    private sealed class SnakeCase : IModelFinalizingConvention
    {
        public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
        {
            foreach (var property in modelBuilder.Metadata.GetEntityTypes().SelectMany(static t => t.GetProperties().Concat(t.GetComplexProperties().SelectMany(static c => c.ComplexType.GetProperties()))))
            {
                property.Builder.HasColumnName(string.Concat(property.Name.Select(static (c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")));
            }
        }
    }
}
