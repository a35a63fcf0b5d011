using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Samples.Clinic;

/// <summary>The application's own database: every clinic is a tenant.</summary>
public class ClinicContext(DbContextOptions<ClinicContext> options) : DbContext(options)
{
    /// <summary>The schema of the application's tables on PostgreSQL; the sample drops it when it starts.</summary>
    public const string Schema = "columncrypt_clinic";

    public string? Tenant { get; set; }

    public DbSet<Patient> Patients => Set<Patient>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        if (Database.IsNpgsql())
        {
            model.HasDefaultSchema(Schema);
        }

        model.Entity<Patient>().HasTenant(patient => patient.Clinic);
        model.Entity<Patient>().HasQueryFilter(patient => patient.Clinic == Tenant);
    }
}
