namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

public enum Grade
{
    Junior,
    Senior,
}

/// <summary>An entity of which each version of the application says something else.</summary>
public class Employee
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "acme";

    public string Name { get; set; } = "";

    public string Ssn { get; set; } = "";

    public string? Note { get; set; }

    public int Salary { get; set; }

    public DateOnly? Born { get; set; }

    public int Visits { get; set; }

    public List<Leave> Leaves { get; } = [];
}

public class Leave
{
    public int Id { get; set; }

    public int EmployeeId { get; set; }

    public Employee? Employee { get; set; }

    public string Reason { get; set; } = "";
}
