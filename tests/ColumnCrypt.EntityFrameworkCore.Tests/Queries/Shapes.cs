namespace ColumnCrypt.EntityFrameworkCore.Tests.Queries;

/// <summary>The shapes of docs/queries.md.</summary>
public static class Shapes
{
    private static readonly string s_email = "ann@x.org";
    private static readonly string? s_none = null;
    private static readonly string?[] s_emails = ["ann@x.org", "bob@x.org", null];
    private static readonly int s_age = 30;

    public static IReadOnlyList<Shape> All { get; } =
    [
        .. Reading(), .. Computing(), .. Comparing(), .. Searching(), .. Ordering(), .. Grouping(), .. Combining(), .. Aggregating(),
    ];

    private static IEnumerable<Shape> Reading() =>
    [
        Shape.Of("Reading", r => r.People.ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Email).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Age).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => new { p.Id, p.Email, p.Score }).ToList()),
        Shape.Of("Reading", r => r.People.Where(p => p.City == "Oslo").Select(p => p.First).ToList()),
        Shape.Of("Reading", r => r.People.OrderBy(p => p.Id).Select(p => p.Last).First()),
        Shape.Of("Reading", r => r.People.OrderBy(p => p.Id).Skip(1).Take(2).ToList()),
        Shape.Of("Reading", r => r.People.Single(p => p.Id == 3)),
        Shape.Of("Reading", r => r.People.FirstOrDefault(p => p.Id == 99)),
        Shape.Of("Reading", r => r.People.Where(p => p.Email == null).ToList()),
        Shape.Of("Reading", r => r.People.Where(p => p.Email != null).Select(p => p.Id).ToList()),
        Shape.Of("Reading", r => r.People.Where(p => p.Score.HasValue).Select(p => p.Id).ToList()),
        Shape.Of("Reading", r => r.People.Count(p => p.Email == null)),
        Shape.Of("Reading", r => r.People.Any(p => p.Score == null)),
        Shape.Of("Reading", r => r.People.Include(p => p.Visits).OrderBy(p => p.Id).ToList()),
        Shape.Of("Reading", r => r.People.Include(p => p.Visits).AsSplitQuery().OrderBy(p => p.Id).ToList()),
        Shape.Of("Reading", r => r.People.Include(p => p.Doctor).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Home).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Home.Street).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Doctor == null ? null : p.Doctor.Name).ToList()),
        Shape.Of("Reading", r => r.People.Where(p => p.Visits.Any(v => v.Day == 1)).Select(p => p.First).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Visits.Where(v => v.Day == 0).Select(v => v.Note).FirstOrDefault()).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => new { p.Id, Notes = p.Visits.OrderBy(v => v.Id).Select(v => v.Note).ToList() }).ToList()),
        Shape.Of("Reading", r => r.People.SelectMany(p => p.Visits).Select(v => v.Note).ToList()),
        Shape.Of("Reading", r => r.People.SelectMany(p => p.Visits, (p, v) => new { p.First, v.Note }).ToList()),
        Shape.Of("Reading", r => r.People.Join(r.Visits, p => p.Id, v => v.PersonId, (p, v) => new { p.Last, v.Note }).ToList()),
        Shape.Of("Reading", r => r.People.Distinct().ToList()),
        Shape.Of("Reading", r => r.People.Where(p => p.Id < 3).Concat(r.People.Where(p => p.Id > 3)).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => p.Id == 1 ? p.First : p.First).ToList()),
        Shape.Of("Reading", r => r.People.Select(p => new { p.City, p.First }).Where(x => x.City == "Bern").ToList()),
        Shape.Of("Reading", r => r.People.Select(p => new { Person = p, p.Email }).ToList().Select(x => new { x.Person.Id, x.Person.Last, x.Email })),
    ];

    private static IEnumerable<Shape> Computing() =>
    [
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.First + " " + p.Last).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => $"{p.First} {p.Last}").ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Age + 1).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Email ?? "none").ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.First.ToUpper()).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.First.Length).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Age == 30).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Age.ToString()).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => (long)p.Age).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Born.Year).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => !p.Active).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Active ? "yes" : "no").ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Email == null ? "none" : p.Email).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Score ?? 0m).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => string.IsNullOrEmpty(p.Email)).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => new { p.Id, Upper = p.Last.ToUpper(), p.City }).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.Home.Street + ", " + p.Home.Zip).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.OrderBy(p => p.Id).Select(p => p.First + p.Last).First()),
        Shape.Of("Computing in the last Select", r => r.People.OrderBy(p => p.Id).Select(p => p.First + p.Last).Take(2).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => new { p.Id, Notes = p.Visits.Select(v => v.Note + "!").ToList() }).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.SelectMany(p => p.Visits, (p, v) => p.First + v.Note).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => s_email + p.First).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => p.First == p.Last).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => (object)p.Age).ToList()),
        Shape.Of("Computing in the last Select", r => r.People.Select(p => new[] { p.First, p.Last }).ToList()),
        Shape.Of("Computing before the last Select", r => r.People.Select(p => new { p.Id, Full = p.First + p.Last }).Where(x => x.Id == 1).ToList()),
        Shape.Of("Computing before the last Select", r => r.People.Select(p => new { p.Id, Full = p.First + p.Last }).Where(x => x.Full == "AnnLee").ToList()),
        Shape.Of("Computing before the last Select", r => r.People.Select(p => new { p.Id, p.Age }).OrderBy(x => x.Age + 1).ToList()),
    ];

    private static IEnumerable<Shape> Comparing() =>
    [
        Shape.Of("Comparing", r => r.People.Where(p => p.Email == s_email).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Email == "ann@x.org").ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Email != s_email).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Email == s_none).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Email!.Equals(s_email)).Select(p => p.Id).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => string.Equals(p.Email, s_email)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => object.Equals(p.Email, s_email)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => s_emails.Contains(p.Email)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => !s_emails.Contains(p.Email)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Age == s_age).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Age > 20).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Score >= 1m).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Born < new DateOnly(1993, 1, 1)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Active).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => !p.Active).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.First == p.Last).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => (p.Email ?? "") == "").ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Home.Street == "Street 1").ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Doctor!.Name == "Dr. Ada").ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Visits.Any(v => v.Note == "first")).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Visits.Select(v => v.Note).Contains("first")).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Visits.OrderBy(v => v.Id).Select(v => v.Note).FirstOrDefault() == "first").ToList()),
        Shape.Of("Comparing", r => r.People.FirstOrDefault(p => p.Email == s_email)),
        Shape.Of("Comparing", r => r.People.Any(p => p.Email == s_email)),
        Shape.Of("Comparing", r => r.People.All(p => p.Age >= 0)),
        Shape.Of("Comparing", r => r.People.Select(p => p.Email).Contains(s_email)),
        Shape.Of("Comparing", r => r.People.Where(p => r.Visits.Select(v => v.Note).Contains(p.First)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Id == 1 || p.Email == s_email).ToList()),
        Shape.Of("Comparing", r => r.People.Select(p => p.City == "Oslo" && p.Age > 20 ? 1 : 0).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => p.Age.Equals(30)).ToList()),
        Shape.Of("Comparing", r => r.People.Where(p => new { p.First, p.Last }.Equals(new { First = "Ann", Last = "Lee" })).ToList()),
    ];

    private static IEnumerable<Shape> Searching() =>
    [
        Shape.Of("Searching", r => r.People.Where(p => p.First.StartsWith("A")).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.EndsWith("n")).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.Contains("n")).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => EF.Functions.Like(p.First, "A%")).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.Length == 3).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.ToLower() == "ann").ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.Trim() == "Ann").ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First.Substring(0, 1) == "A").ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.First + p.Last == "AnnLee").ToList()),
        Shape.Of("Searching", r => r.People.Where(p => string.IsNullOrEmpty(p.Email)).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.Age + 1 == 31).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.Age.ToString() == "30").ToList()),
        Shape.Of("Searching", r => r.People.Where(p => (long)p.Age == 30L).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.Born.Year == 1990).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => string.Compare(p.First, "B") < 0).ToList()),
        Shape.Of("Searching", r => r.People.Where(p => p.Id + p.Age > 30).ToList()),
    ];

    private static IEnumerable<Shape> Ordering() =>
    [
        Shape.Of("Ordering", r => r.People.OrderBy(p => p.First).ToList()),
        Shape.Of("Ordering", r => r.People.OrderByDescending(p => p.Age).ToList()),
        Shape.Of("Ordering", r => r.People.OrderBy(p => p.City).ThenBy(p => p.Born).ToList()),
        Shape.Of("Ordering", r => r.People.OrderBy(p => p.Home.Street).ToList()),
        Shape.Of("Ordering", r => r.People.OrderBy(p => p.Email == null).ThenBy(p => p.Id).ToList()),
        Shape.Of("Ordering", r => r.People.Select(p => new { p.Id, V = p.Visits.OrderBy(v => v.Note).ToList() }).ToList()),
        Shape.Of("Ordering", r => r.People.OrderBy(p => p.Visits.Max(v => v.Note)).ToList()),
        Shape.Of("Ordering", r => r.People.Select(p => p.Visits.OrderBy(v => v.Note).FirstOrDefault()).ToList()),
    ];

    private static IEnumerable<Shape> Grouping() =>
    [
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.First).Select(g => new { g.Key, Count = g.Count() }).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => new { p.City, p.Age }).Select(g => g.Count()).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Select(g => new { g.Key, Count = g.Count() }).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Select(g => new { g.Key, Oldest = g.Max(p => p.Age) }).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Select(g => g.OrderBy(p => p.Id).First()).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Select(g => g.OrderBy(p => p.First).First()).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Where(g => g.Max(p => p.Age) > 20).Select(g => g.Key).ToList()),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.First).ToList().Count),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).ToList().Sum(g => g.Count())),
        Shape.Of("Grouping", r => r.People.GroupBy(p => p.City).Select(g => g.Select(p => p.Email).Distinct().Count()).ToList()),
    ];

    private static IEnumerable<Shape> Combining() =>
    [
        Shape.Of("Combining", r => r.People.Select(p => p.First).Distinct().ToList()),
        Shape.Of("Combining", r => r.People.Select(p => new { p.City, p.Age }).Distinct().ToList()),
        Shape.Of("Combining", r => r.People.DistinctBy(p => p.First).Count()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Union(r.People.Select(p => p.Last)).ToList()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Concat(r.People.Select(p => p.First)).ToList()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Concat(r.People.Select(p => p.Last)).ToList()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Concat(r.People.Select(p => p.City)).ToList()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Except(r.People.Where(p => p.Id == 1).Select(p => p.First)).ToList()),
        Shape.Of("Combining", r => r.People.Select(p => p.First).Intersect(r.People.Where(p => p.Id == 1).Select(p => p.First)).ToList()),
        Shape.Of("Combining", r => r.People.Where(p => p.Id < 3).Union(r.People.Where(p => p.Id < 4)).ToList()),
        Shape.Of("Combining", r => r.People.Join(r.People, p => p.First, q => q.First, (p, q) => new { A = p.Id, B = q.Id }).ToList()),
        Shape.Of("Combining", r => r.People.Join(r.Doctors, p => p.Email, d => d.Name, (p, d) => p.Id).ToList()),
        Shape.Of("Combining", r => r.People.GroupJoin(r.Visits, p => p.First, v => v.Note, (p, v) => new { p.Id, N = v.Count() }).ToList()),
        Shape.Of("Combining", r => (from p in r.People from q in r.People where p.Email == q.Email && p.Id < q.Id select p.Id).ToList()),
        Shape.Of("Combining", r => r.People.LeftJoin(r.Doctors, p => p.DoctorId, d => (int?)d.Id, (p, d) => new { p.First, Doctor = d == null ? null : d.Name }).ToList()),
    ];

    private static IEnumerable<Shape> Aggregating() =>
    [
        Shape.Of("Aggregating", r => r.People.Count()),
        Shape.Of("Aggregating", r => r.People.Max(p => p.Age)),
        Shape.Of("Aggregating", r => r.People.Min(p => p.First)),
        Shape.Of("Aggregating", r => r.People.Sum(p => p.Age)),
        Shape.Of("Aggregating", r => r.People.Average(p => p.Score)),
        Shape.Of("Aggregating", r => r.People.Select(p => p.Email).Count()),
        Shape.Of("Aggregating", r => r.People.Select(p => p.Email).Distinct().Count()),
        Shape.Of("Aggregating", r => r.People.Select(p => p.Visits.Max(v => v.Note)).ToList()),
        Shape.Of("Aggregating", r => r.People.Select(p => p.Visits.Count(v => v.Note == "first")).ToList()),
        Shape.Of("Aggregating", r => r.People.Select(p => p.Visits.Sum(v => v.Day)).ToList()),
        Shape.Of("Aggregating", r => r.People.Select(p => string.Join(",", p.Visits.Select(v => v.Note))).ToList()),
        Shape.Of("Aggregating", r => r.People.MaxBy(p => p.Age)),
        Shape.Of("Aggregating", r => r.People.LongCount(p => p.Age > 10)),
    ];
}
