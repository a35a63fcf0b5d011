using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The three versions of an application that stand side by side.</summary>
internal static class Versions
{
    public static readonly DateOnly Until = new(2099, 1, 1);

    /// <summary>Knows nothing of ColumnCrypt; its table is what an old database has.</summary>
    public static void Old(ModelBuilder model)
    {
        var employee = Base(model);
        employee.HasIndex(static e => e.Ssn).IsUnique();
        model.Entity<Leave>().Property(static l => l.Reason).HasColumnName("reason");
    }

    /// <summary>Has both columns.</summary>
    public static void Adopting(ModelBuilder model)
    {
        var employee = Base(model);
        employee.HasTenant(static e => e.TenantId);
        employee.HasIndex(static e => e.Ssn).IsUnique();
        employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").HasColumnName("ssn_encrypted").AdoptFrom("ssn", Until).HasBlindIndex().IsUnique();
        employee.Property(static e => e.Note).IsEncrypted("employee.note").HasColumnName("note_encrypted").AdoptFrom("note", Until);
        employee.Property(static e => e.Salary).IsEncrypted("employee.salary").HasColumnName("salary_encrypted").AdoptFrom("salary", Until);
        employee.Property(static e => e.Born).IsEncrypted("employee.born").HasColumnName("born_encrypted").AdoptFrom("born", Until);
    }

    /// <summary>Has the encrypted columns alone.</summary>
    public static void New(ModelBuilder model)
    {
        var employee = Base(model);
        employee.HasTenant(static e => e.TenantId);
        employee.Property(static e => e.Ssn).IsEncrypted("employee.ssn").HasColumnName("ssn_encrypted").HasBlindIndex().IsUnique();
        employee.Property(static e => e.Note).IsEncrypted("employee.note").HasColumnName("note_encrypted");
        employee.Property(static e => e.Salary).IsEncrypted("employee.salary").HasColumnName("salary_encrypted");
        employee.Property(static e => e.Born).IsEncrypted("employee.born").HasColumnName("born_encrypted");
    }

    private static EntityTypeBuilder<Employee> Base(ModelBuilder model)
    {
        var employee = model.Entity<Employee>().ToTable("employees");
        employee.Property(static e => e.Id).HasColumnName("id");
        employee.Property(static e => e.TenantId).HasColumnName("tenant_id");
        employee.Property(static e => e.Name).HasColumnName("name");
        employee.Property(static e => e.Visits).HasColumnName("visits");
        employee.Property(static e => e.Ssn).HasColumnName("ssn").HasMaxLength(20);
        employee.Property(static e => e.Note).HasColumnName("note");
        employee.Property(static e => e.Salary).HasColumnName("salary");
        employee.Property(static e => e.Born).HasColumnName("born");
        model.Entity<Leave>().ToTable("leaves");
        return employee;
    }
}
