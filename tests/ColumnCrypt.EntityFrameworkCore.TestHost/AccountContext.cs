using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>The application at one step.</summary>
public class AccountContext(DbContextOptions<AccountContext> options, Step step) : DbContext(options)
{
    public string? Tenant { get; set; }

    public DbSet<Account> Accounts => Set<Account>();

    private Step Step { get; } = step;

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.ReplaceService<IModelCacheKeyFactory, PerStep>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var accounts = modelBuilder.Entity<Account>();
        accounts.HasTenant(static account => account.Tenant).HasKey(static account => new { account.Tenant, account.Id });
        var number = accounts.Property(static account => account.Number).IsEncrypted();
        if (Step != Step.New)
        {
            number.HasBlindIndex().IsUnique().IsRetiring(Step == Step.Retiring);
        }

        if (Step != Step.Old)
        {
            number.HasBlindIndex().HasVersion(2).IsUnique();
        }
    }

    private sealed class PerStep : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (typeof(AccountContext), ((AccountContext)context).Step, designTime);
    }
}
