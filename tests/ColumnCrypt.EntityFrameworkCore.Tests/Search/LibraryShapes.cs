namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>The shapes of docs/queries.md that look into blind indexes.</summary>
public static class LibraryShapes
{
    private const string Normalised = "Normal forms and cut-off indexes";
    private static readonly object s_boxed = 30;
    private static readonly List<object> s_boxes = [30, 30L];
    private static readonly string s_name = "Ann";
    private static readonly string? s_email = "ann@x.org";
    private static readonly string? s_none = null;
    private static readonly string?[] s_emails = ["ann@x.org", "bob@x.org", null];
    private static readonly List<string> s_names = ["Ann", "Bob", "nobody"];
    private static readonly HashSet<int> s_ages = [10, 99];
    private static readonly int s_age = 30;
    private static readonly long s_big = 5_000_000_000;
    private static readonly decimal? s_score = 1.5m;
    private static readonly Guid s_token = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly DateOnly s_born = new(1991, 1, 1);
    private static readonly Rank s_rank = Rank.Gold;
    private static readonly Member s_someone = new() { Name = "Ann", Email = "ann@x.org" };

    public static IReadOnlyList<LibraryShape> All { get; } = [.. Equality(), .. Lists(), .. Navigations(), .. Joins(), .. Subqueries(), .. Ends(), .. NormalForms(), .. Parts(), .. LibraryTextShapes.All, .. LibraryRangeShapes.All, .. Refused()];

    private static IEnumerable<LibraryShape> Equality() =>
    [
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => s_name == m.Name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == "Ann").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == "").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name != s_name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email == s_email).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email != s_email).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => !(m.Email == s_email)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email == s_none).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email != s_none).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email == null).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Email != null && m.Email != "").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name.Equals(s_name)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => s_name.Equals(m.Email)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => string.Equals(m.Email, s_email)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => string.Equals(m.Email, s_email, StringComparison.Ordinal)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name.Equals(s_name, StringComparison.Ordinal)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => object.Equals(m.Email, s_email)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age == s_age).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age == 30).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age.Equals(30)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age.Equals((object)30)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age.Equals(s_big)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => !m.Age.Equals(s_big)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => !object.Equals(m.Age, 30L)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Age.Equals(s_boxed)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => s_boxes.Contains(m.Age)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Score.Equals(s_score)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => !m.Score.Equals(3)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => (long)m.Age == s_big).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => (long)m.Age == 30L).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Score == s_score).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Score == 1.50m).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Score == 3).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Token == s_token).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Born == s_born).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Born == new DateOnly(1991, 1, 2)).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Born != null && m.Born.Value == s_born).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Score.HasValue && m.Score.Value != 1.5m).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Rank == s_rank).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Rank == Rank.Silver).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Rank != Rank.Silver && m.City == "Oslo").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_someone.Name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_name || m.Email == s_email).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_name && m.Age == s_age).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == (m.City == "Oslo" ? "Ann" : "Bob")).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.City == "Oslo" ? m.Name == s_name : m.Age == s_age).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_name == (m.City == "Oslo")).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == s_name.ToUpper()).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == "An" + "n").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.City == "Oslo").Where(m => m.Name == s_name).OrderBy(m => m.Id).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Select(m => new { Member = m }).Where(x => x.Member.Name == s_name).Select(x => x.Member.Id).ToList()),
        LibraryShape.Of("Equality", r => r.Members.OrderBy(m => m.Id).Take(9).Where(m => m.Name == s_name).ToList()),
        LibraryShape.Of("Equality", r => (from m in r.Members where m.Email == s_email orderby m.Id select new { m.Id, m.Email }).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == EF.Constant(s_name)).ToList(), r => r.Members.Where(m => m.Name == s_name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => m.Name == EF.Parameter("Bob")).ToList(), r => r.Members.Where(m => m.Name == "Bob").ToList()),
        LibraryShape.Of("Equality", r => r.Members.Where(m => EF.Property<string>(m, "Name") == s_name).ToList(), r => r.Members.Where(m => m.Name == s_name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Select(m => m.Name == s_name).ToList()),
        LibraryShape.Of("Equality", r => r.Members.Select(m => m.Name == s_name ? "yes" : "no").ToList()),
        LibraryShape.Of("Equality", r => r.Members.OrderBy(m => m.Name == s_name).ThenBy(m => m.Id).Select(m => m.Id).ToList()),
        LibraryShape.Of("Equality", r => r.Members.GroupBy(m => m.Name == s_name).Select(g => new { g.Key, N = g.Count() }).ToList()),
    ];

    private static IEnumerable<LibraryShape> Lists() =>
    [
        LibraryShape.Of("Lists", r => r.Members.Where(m => s_emails.Contains(m.Email)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => !s_emails.Contains(m.Email)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => s_names.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => !s_names.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => s_ages.Contains(m.Age)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => new[] { "Ann", "Bob" }.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => new[] { s_name, "Bob", null }.Contains(m.Email)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => new List<int> { 10, s_age }.Contains(m.Age)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => Array.Empty<string>().Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => !Array.Empty<string>().Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => Enumerable.Range(0, 500).Contains(m.Age)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => s_names.Any(n => n == m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => s_emails.Any(e => m.Email == e)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => new[] { Rank.Gold, Rank.None }.Contains(m.Rank)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => new DateOnly?[] { s_born, null }.Contains(m.Born)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => EF.Constant(s_names).Contains(m.Name)).ToList(), r => r.Members.Where(m => s_names.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => EF.Parameter(s_names).Contains(m.Name)).ToList(), r => r.Members.Where(m => s_names.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Where(m => EF.MultipleParameters(s_names).Contains(m.Name)).ToList(), r => r.Members.Where(m => s_names.Contains(m.Name)).ToList()),
        LibraryShape.Of("Lists", r => r.Members.Count(m => s_names.Contains(m.Name) && s_emails.Contains(m.Email))),
    ];

    private static IEnumerable<LibraryShape> Navigations() =>
    [
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Sponsor!.Name == s_name).ToList(), r => r.Members.Where(m => m.Sponsor != null && m.Sponsor.Name == s_name).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Sponsor!.Name != s_name).ToList(), r => r.Members.Where(m => m.Sponsor == null || m.Sponsor.Name != s_name).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Sponsor!.Email == m.Email).ToList(), r => r.Members.Where(m => (m.Sponsor == null ? null : m.Sponsor.Email) == m.Email).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Loans.Any(l => l.Title == "Ann")).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Loans.All(l => l.Title != "Ann")).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Loans.Count(l => l.Title == s_name) == 1).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Loans.Select(l => l.Title).Contains(s_name)).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Where(m => m.Loans.Any(l => s_emails.Contains(l.Second))).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Select(m => new { m.Id, N = m.Loans.Count(l => l.Title == s_name) }).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Select(m => m.Loans.Where(l => l.Title == s_name).Select(l => l.Day).ToList().Count).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.SelectMany(m => m.Loans).Where(l => l.Title == s_name).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.SelectMany(m => m.Loans.Where(l => l.Title == s_name), (m, l) => new { m.Id, l.Title }).ToList()),
        LibraryShape.Of("Navigations", r => r.Loans.Where(l => l.Member!.Email == s_email).ToList()),
        LibraryShape.Of("Navigations", r => r.Loans.Where(l => l.Member!.Sponsor!.Name == s_name).Select(l => l.Id).ToList(), r => r.Loans.Where(l => l.Member!.Sponsor != null && l.Member.Sponsor.Name == s_name).Select(l => l.Id).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Include(m => m.Loans.Where(l => l.Title == "Ann")).Where(m => m.Name == s_name).Select(m => m.Id).ToList()),
        LibraryShape.Of("Navigations", r => r.Members.Include(m => m.Sponsor).Where(m => m.Name == s_name).ToList()),
    ];

    private static IEnumerable<LibraryShape> Joins() =>
    [
        LibraryShape.Of("Joins on one index", r => r.Members.Join(r.Members, m => m.Email, n => n.Email, (m, n) => new { A = m.Id, B = n.Id }).ToList()),
        LibraryShape.Of("Joins on one index", r => (from m in r.Members join n in r.Members on m.Name equals n.Name where m.Id < n.Id select new { m.Id, n.Name }).ToList()),
        LibraryShape.Of("Joins on one index", r => (from m in r.Members from n in r.Members where m.Email == n.Email && m.Id < n.Id select new { A = m.Id, B = n.Id }).ToList()),
        LibraryShape.Of("Joins on one index", r => (from m in r.Members from n in r.Members where m.Age == n.Age && m.Id < n.Id select m.Id).Count()),
        LibraryShape.Of("Joins on one index", r => r.Members.GroupJoin(r.Members, m => m.Name, n => n.Name, (m, n) => new { m.Id, N = n.Count() }).ToList()),
        LibraryShape.Of("Joins on one index", r => r.Members.LeftJoin(r.Members.Where(n => n.City == "Oslo"), m => m.Name, n => n.Name, (m, n) => new { m.Id, Other = n == null ? 0 : n.Id }).ToList()),
        LibraryShape.Of("Joins on one index", r => r.Members.Join(r.Loans, m => m.Name, l => l.Title, (m, l) => m.Id).ToList()),
        LibraryShape.Of("Joins on one index", r => r.Members.Where(m => m.Loans.Any(l => l.Title == m.Name)).ToList()),
        LibraryShape.Of("Joins on one index", r => r.Members.Where(m => m.Name == m.Email).ToList()),
    ];

    private static IEnumerable<LibraryShape> Subqueries() =>
    [
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Members.Where(n => n.City == "Oslo").Select(n => n.Email).Contains(m.Email)).ToList()),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => !r.Members.Where(n => n.City == "Oslo").Select(n => n.Name).Contains(m.Name)).ToList()),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Members.Where(n => n.City == "Oslo").Select(n => n.Name).Distinct().Contains(m.Name)).ToList()),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Members.Any(n => n.Email == m.Email && n.Id < m.Id)).ToList()),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Members.Count(n => n.Name == m.Name) > 1).ToList()),
        LibraryShape.Of("Subqueries", r => r.Members.Select(m => m.Email).Contains(s_email)),
        LibraryShape.Of("Subqueries", r => r.Members.Select(m => m.Name).Contains("nobody")),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Loans.Any(l => l.MemberId == m.Id && l.Title == s_name)).Count()),
        LibraryShape.Of("Subqueries", r => r.Members.Where(m => r.Loans.Select(l => l.Title).Contains(m.Name)).ToList()),
    ];

    private static IEnumerable<LibraryShape> Ends() =>
    [
        LibraryShape.Of("Other ends", r => r.Members.Count(m => m.Name == s_name)),
        LibraryShape.Of("Other ends", r => r.Members.LongCount(m => m.Name != s_name)),
        LibraryShape.Of("Other ends", r => r.Members.Any(m => m.Name == "nobody")),
        LibraryShape.Of("Other ends", r => r.Members.All(m => m.Name == s_name)),
        LibraryShape.Of("Other ends", r => r.Members.OrderBy(m => m.Id).First(m => m.Name == s_name)),
        LibraryShape.Of("Other ends", r => r.Members.OrderBy(m => m.Id).FirstOrDefault(m => m.Name == "nobody")),
        LibraryShape.Of("Other ends", r => r.Members.OrderBy(m => m.Id).Last(m => m.Name == s_name)),
        LibraryShape.Of("Other ends", r => r.Members.Single(m => m.Name == s_name)),
        LibraryShape.Of("Other ends", r => r.Members.SingleOrDefault(m => m.Name == s_name && m.Id < 3)),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).OrderBy(m => m.Id).Skip(1).Take(1).ToList()),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Sum(m => m.Id)),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Max(m => m.Id)),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).GroupBy(m => m.City).Select(g => new { g.Key, N = g.Count() }).ToList()),
        LibraryShape.Of("Other ends", r => r.Members.GroupBy(m => m.City).Select(g => new { g.Key, N = g.Count(m => m.Name == s_name) }).ToList()),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Select(m => m.City).Distinct().ToList()),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Union(r.Members.Where(m => m.Age == s_age)).Count()),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Concat(r.Members.Where(m => m.Age == s_age)).Count()),
        LibraryShape.Of("Other ends", r => r.Members.Where(m => m.Name == s_name).Select(m => m.Name + "!").ToList()),
    ];

    private static IEnumerable<LibraryShape> NormalForms() =>
    [
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Nick, "aNN")).ToList(), r => r.Members.Where(m => m.Nick != null && m.Nick.ToLower() == "ann").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Count(m => !EF.Functions.IndexMatches(m.Nick, s_name)), r => r.Members.Count(m => m.Nick == null || m.Nick.ToLower() != "ann")),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Nick, "ÅSA")).ToList(), r => r.Members.Where(m => m.Nick == "Åsa" || m.Nick == "A\u030Asa").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Nick, "ann")).AsEnumerable().Where(m => m.Nick == "ann").ToList(), r => r.Members.Where(m => m.Nick == "ann").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Code, "k1")).AsEnumerable().Where(m => m.Code == "k1").ToList(), r => r.Members.Where(m => m.Code == "k1").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Name, s_name)).ToList(), r => r.Members.Where(m => m.Name == s_name).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => EF.Functions.IndexMatches(m.Email, s_none)).ToList(), r => r.Members.Where(m => m.Email == null).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Nick == s_name).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Count(m => m.Nick != s_name)),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Count(m => m.Code == "k1")),
        LibraryShape.Of(Normalised, r => r.Members.LongCount(m => m.Code == "k1")),
        LibraryShape.Of(Normalised, r => r.Members.Any(m => m.Code == "K9")),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").Any()),
        LibraryShape.Of(Normalised, r => r.Members.SingleOrDefault(m => m.Code == "no such code")),
        LibraryShape.Of(Normalised, r => r.Members.Single(m => m.Code == "k1" && m.Id == 1)),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").Select(m => m.Id).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").OrderByDescending(m => m.Id).Select(m => new { m.Name, m.City }).FirstOrDefault()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1" && m.City == "Oslo").Where(m => m.Nick == s_name).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => "k1" == m.Code).Include(m => m.Loans).OrderBy(m => m.Id).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code!.Equals("k1")).ToList(), r => r.Members.Where(m => m.Code == "k1").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => s_names.Any(n => n == m.Nick)).ToList()),
        LibraryShape.Of(Normalised, r => (from m in r.Members from l in m.Loans where m.Nick == s_name select l.Title).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Select(m => new { Member = m }).Where(x => x.Member.Code == "k1").Select(x => x.Member.Id).ToList()),
        LibraryShape.Of(Normalised, r => r.Loans.Where(l => l.Member!.Nick == s_name).Select(l => l.Title).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == s_none).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1" || m.City == "Oslo").ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => !(m.Code == "k1")).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").GroupBy(m => m.City).Select(g => g.Count()).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").Select(m => m.City).Distinct().ToList()),
        LibraryShape.Of(Normalised, r => r.Loans.Where(l => r.Members.Any(m => m.Nick == s_name && m.Id == l.MemberId)).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.OrderBy(m => m.Id).First(m => m.Code == "k1")),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Code == "k1").OrderBy(m => m.Id).Skip(1).Take(1).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => s_names.Contains(m.Nick!)).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Join(r.Members, m => m.Code, n => n.Code, (m, n) => m.Id).ToList()),
        LibraryShape.Of(Normalised, r => r.Members.Where(m => m.Nick == null || m.Code == null).ToList()),
    ];

    private static IEnumerable<LibraryShape> Parts() =>
    [
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasLastFour(m.Card, "3333")).ToList(), r => r.Members.Where(m => m.Card != null && m.Card.EndsWith("3333")).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasLastFour(m.Card, "333")).ToList(), r => new List<Member>()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasPrefix(m.Card, "40")).ToList(), r => r.Members.Where(m => m.Card != null && m.Card.StartsWith("40")).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasPrefix(m.Card, "4")).ToList(), r => new List<Member>()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasDomain(m.Work, "x.ORG")).ToList(), r => r.Members.Where(m => m.Work != null && m.Work.ToLower().EndsWith("@x.org")).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasYear(m.Born, 1991)).ToList(), r => r.Members.Where(m => m.Born != null && m.Born.Value.Year == 1991).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => m.Born != null && EF.Functions.HasYear(m.Born.Value, 1991)).ToList(), r => r.Members.Where(m => m.Born != null && m.Born.Value.Year == 1991).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Select(m => new { m.Id, Is = EF.Functions.HasYear(m.Born, 1991) }).ToList(), r => r.Members.Select(m => new { m.Id, Is = m.Born != null && m.Born.Value.Year == 1991 }).ToList()),
        LibraryShape.Of("Parts", r => r.Members.Count(m => EF.Functions.HasYear(m.Born, s_age)), r => 0),
        LibraryShape.Of("Parts", r => r.Members.Where(m => m.Card == "3333").ToList()),
        LibraryShape.Of("Parts", r => r.Members.Where(m => m.Card!.EndsWith("3333")).ToList(), r => "no answer"),
        LibraryShape.Of("Parts", r => r.Members.Where(m => EF.Functions.HasLastFour(m.Name, "3333")).ToList(), r => "no answer"),
    ];

    private static IEnumerable<LibraryShape> Refused() =>
    [
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Note == s_email).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Name.ToLower() == "ann").ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Name.StartsWith("A")).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => (m.Email ?? "") == "").ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Name == m.City).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Age > s_age).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Age + 1 == s_age).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => (double)m.Age == 30.0).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => string.Equals(m.Name, s_name, StringComparison.OrdinalIgnoreCase)).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.OrderBy(m => m.Name).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.GroupBy(m => m.Name).Select(g => g.Count()).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Select(m => m.Name).Distinct().ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Select(m => m.Name).Distinct().Count()),
        LibraryShape.Of("Beyond an index", r => r.Members.Select(m => new { m.Id, m.Name }).Where(x => x.Name == s_name).ToList()),
        LibraryShape.Of("Beyond an index", r => (from m in r.Members let e = m.Email where e == s_email select m.Id).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Join(r.Members, m => new { m.Name, m.City }, n => new { n.Name, n.City }, (m, n) => m.Id).ToList()),
        LibraryShape.Of("Beyond an index", r => r.Members.Where(m => m.Loans.OrderBy(l => l.Id).Select(l => l.Title).FirstOrDefault() == s_name).ToList()),
    ];
}
