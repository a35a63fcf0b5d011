using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>The application in one version.</summary>
public class ContactContext(DbContextOptions<ContactContext> options, AdoptionVersion version) : DbContext(options)
{
    private static readonly DateOnly s_until = new(2099, 1, 1);

    public DbSet<Contact> Contacts => Set<Contact>();

    private AdoptionVersion Version { get; } = version;

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.ReplaceService<IModelCacheKeyFactory, PerVersion>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var contact = modelBuilder.Entity<Contact>().ToTable("contacts");
        contact.Property(static c => c.Id).HasColumnName("id").ValueGeneratedNever();
        contact.Property(static c => c.Tenant).HasColumnName("tenant");
        var phone = contact.Property(static c => c.Phone).HasColumnName("phone");
        var remark = contact.Property(static c => c.Remark).HasColumnName("remark");
        if (Version == AdoptionVersion.Old)
        {
            return;
        }

        contact.HasTenant(static c => c.Tenant);
        phone.IsEncrypted("contact.phone").HasColumnName("phone_encrypted").HasBlindIndex();
        remark.IsEncrypted("contact.remark").HasBlindIndex();
        if (Version == AdoptionVersion.Adopting)
        {
            phone.AdoptFrom("phone", s_until);
            remark.AdoptInPlace(s_until);
        }
        else
        {
            remark.HasTextForm();
        }
    }

    private sealed class PerVersion : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (typeof(ContactContext), ((ContactContext)context).Version, designTime);
    }
}
