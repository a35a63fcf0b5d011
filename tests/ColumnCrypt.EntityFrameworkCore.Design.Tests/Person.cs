namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

/// <summary>An entity whose model each test says.</summary>
public class Person
{
    public int Id { get; set; }

    public string Ssn { get; set; } = "";

    public string? Note { get; set; }

    public byte[] Photo { get; set; } = [];

    public int? Age { get; set; }
}
