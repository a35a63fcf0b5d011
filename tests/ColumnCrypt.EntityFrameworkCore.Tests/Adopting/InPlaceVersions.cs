using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The versions of an application whose columns stay text.</summary>
internal static class InPlaceVersions
{
    /// <summary>Knows nothing of ColumnCrypt.</summary>
    public static void Old(ModelBuilder model) => Base(model);

    /// <summary>Adopts two columns where they stand.</summary>
    public static void Adopting(ModelBuilder model) => Adopting(model, Versions.Until);

    /// <summary>As <see cref="Adopting(ModelBuilder)"/>, and its day has passed.</summary>
    public static void Overdue(ModelBuilder model) => Adopting(model, new DateOnly(2020, 1, 1));

    /// <summary>Reads ciphertext alone.</summary>
    public static void New(ModelBuilder model)
    {
        var employee = Base(model);
        employee.HasTenant(static e => e.TenantId);
        employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").HasTextForm().HasBlindIndex();
        employee.Property(static e => e.Note).IsEncrypted("employee.note").HasTextForm().HasBlindIndex();
        employee.Property(static e => e.Name).IsEncrypted("employee.name").HasTextForm();
    }

    private static void Adopting(ModelBuilder model, DateOnly until)
    {
        var employee = Base(model);
        employee.HasTenant(static e => e.TenantId);
        employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").AdoptInPlace(until).HasBlindIndex();
        employee.Property(static e => e.Note).IsEncrypted("employee.note").AdoptInPlace(until).HasBlindIndex();

        // Without an index.
        employee.Property(static e => e.Name).IsEncrypted("employee.name").AdoptInPlace(until);
    }

    private static EntityTypeBuilder<Employee> Base(ModelBuilder model)
    {
        var employee = model.Entity<Employee>().ToTable("employees");
        employee.Property(static e => e.Id).HasColumnName("id");
        employee.Property(static e => e.TenantId).HasColumnName("tenant_id");
        employee.Property(static e => e.Name).HasColumnName("name");
        employee.Property(static e => e.Visits).HasColumnName("visits");
        employee.Property(static e => e.Ssn).HasColumnName("ssn").HasMaxLength(20).HasColumnType("text");
        employee.Property(static e => e.Note).HasColumnName("note");
        employee.Property(static e => e.Salary).HasColumnName("salary");
        employee.Property(static e => e.Born).HasColumnName("born");
        model.Entity<Leave>().ToTable("leaves");
        return employee;
    }
}
