namespace ColumnCrypt.EntityFrameworkCore.Tests.Tenancy;

public readonly record struct Practice(Guid Id);

public class Record
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    [Encrypted]
    public string Text { get; set; } = "";

    [Encrypted]
    public string? Other { get; set; }
}

public class GuidRecord
{
    public int Id { get; set; }

    public Practice Practice { get; set; }

    [Encrypted]
    public string Text { get; set; } = "";
}

public class LooseRecord
{
    public int Id { get; set; }

    [Encrypted]
    public string Text { get; set; } = "";
}

public class Contact
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    [Encrypted, BlindIndex]
    public string Mail { get; set; } = "";
}

public class Login
{
    public int Id { get; set; }

    public string Key { get; set; } = "";

    [Encrypted]
    public string Mail { get; set; } = "";
}

public class Plain
{
    public int Id { get; set; }

    public string Text { get; set; } = "";
}

public class RecordContext(DbContextOptions<RecordContext> options) : DbContext(options)
{
    public object? Tenant { get; set; }

    public DbSet<Record> Records => Set<Record>();

    public DbSet<GuidRecord> GuidRecords => Set<GuidRecord>();

    public DbSet<LooseRecord> LooseRecords => Set<LooseRecord>();

    public DbSet<Contact> Contacts => Set<Contact>();

    public DbSet<Login> Logins => Set<Login>();

    public DbSet<Plain> Plains => Set<Plain>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Record>().HasTenant(static r => r.TenantId);
        modelBuilder.Entity<GuidRecord>(static record =>
        {
            record.Property(static r => r.Practice).HasConversion(static v => v.Id, static v => new Practice(v));
            record.HasTenant(static r => r.Practice);
        });
        modelBuilder.Entity<Contact>().HasTenant(static c => c.TenantId);
        modelBuilder.Entity<Login>().HasTenant("shared");
    }
}
