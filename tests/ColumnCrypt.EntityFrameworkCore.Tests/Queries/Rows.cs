namespace ColumnCrypt.EntityFrameworkCore.Tests.Queries;

/// <summary>The same rows as LINQ sees them: in the database, or in memory.</summary>
public sealed record Rows(IQueryable<Person> People, IQueryable<Visit> Visits, IQueryable<Doctor> Doctors)
{
    public static List<Person> Sample()
    {
        Doctor[] doctors = [new() { Id = 1, Name = "Dr. Ada" }, new() { Id = 2, Name = "Dr. Bo" }];
        (string First, string Last, string? Email, int Age, decimal? Score, bool Active, string City, Doctor? Doctor)[] people =
        [
            ("Ann", "Lee", "ann@x.org", 30, 1.5m, true, "Oslo", doctors[0]),
            ("Bob", "Ray", "bob@x.org", 30, null, false, "Oslo", doctors[1]),
            ("Ann", "Fox", null, 42, 3.25m, true, "Bern", null),
            ("Cid", "Fox", "", 0, 0m, false, "Bern", doctors[0]),
            ("Åsa", "Öst", "asa@x.org", 7, 1.5m, true, "Rome", doctors[1]),
        ];
        return
        [
            .. people.Select((p, i) => new Person
            {
                Id = i + 1,
                First = p.First,
                Last = p.Last,
                Email = p.Email,
                Age = p.Age,
                Score = p.Score,
                Active = p.Active,
                City = p.City,
                Doctor = p.Doctor,
                DoctorId = p.Doctor?.Id,
                Born = new DateOnly(1990 + i, 1, 1 + i),
                Home = new Address { Zip = $"000{i % 2}", Street = $"Street {i % 2}" },
                Visits = [.. Enumerable.Range(0, i % 3).Select(v => new Visit { Id = (10 * i) + v + 1, PersonId = i + 1, Day = v, Note = v == 0 ? "first" : $"note {i}" })],
            }),
        ];
    }

    public static Rows InMemory(List<Person> people) => new(
        people.AsQueryable(),
        people.SelectMany(static p => p.Visits).AsQueryable(),
        people.Select(static p => p.Doctor).OfType<Doctor>().Distinct().AsQueryable());

    public static Rows InDatabase(ShapeContext db) => new(db.People.AsNoTracking(), db.Visits.AsNoTracking(), db.Doctors.AsNoTracking());
}
