namespace ColumnCrypt.EntityFrameworkCore.Tests.Queries;

public class Person
{
    public int Id { get; set; }

    public string City { get; set; } = "";

    public int? DoctorId { get; set; }

    [Encrypted]
    public string First { get; set; } = "";

    [Encrypted]
    public string Last { get; set; } = "";

    [Encrypted]
    public string? Email { get; set; }

    [Encrypted]
    public int Age { get; set; }

    [Encrypted]
    public decimal? Score { get; set; }

    [Encrypted]
    public DateOnly Born { get; set; }

    [Encrypted]
    public bool Active { get; set; }

    public Address Home { get; set; } = new();

    public Doctor? Doctor { get; set; }

    public List<Visit> Visits { get; set; } = [];
}

public class Address
{
    public string Zip { get; set; } = "";

    [Encrypted]
    public string Street { get; set; } = "";
}

public class Doctor
{
    public int Id { get; set; }

    [Encrypted]
    public string Name { get; set; } = "";
}

public class Visit
{
    public int Id { get; set; }

    public int PersonId { get; set; }

    public int Day { get; set; }

    [Encrypted]
    public string Note { get; set; } = "";
}

public class ShapeContext(DbContextOptions<ShapeContext> options) : DbContext(options)
{
    public DbSet<Person> People => Set<Person>();

    public DbSet<Visit> Visits => Set<Visit>();

    public DbSet<Doctor> Doctors => Set<Doctor>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Person>().OwnsOne(static p => p.Home);
}
