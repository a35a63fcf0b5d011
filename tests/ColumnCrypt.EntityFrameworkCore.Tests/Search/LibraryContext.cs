namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>Members and loans of several tenants in the same tables.</summary>
public class LibraryContext(DbContextOptions<LibraryContext> options) : DbContext(options)
{
    public string? Tenant { get; set; }

    public DbSet<Member> Members => Set<Member>();

    public DbSet<Loan> Loans => Set<Loan>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Member>().HasTenant(static m => m.TenantId);
        modelBuilder.Entity<Member>().HasQueryFilter(m => m.TenantId == Tenant);
        modelBuilder.Entity<Member>().HasMany(static m => m.Loans).WithOne(static l => l.Member).HasForeignKey(static l => l.MemberId);
        modelBuilder.Entity<Loan>().HasTenant(static l => l.TenantId);
        modelBuilder.Entity<Loan>().HasQueryFilter(l => l.TenantId == Tenant);
        modelBuilder.Entity<Loan>().Property(static l => l.Id).ValueGeneratedNever();
        modelBuilder.Entity<Member>().Property(static m => m.Id).ValueGeneratedNever();
    }
}
