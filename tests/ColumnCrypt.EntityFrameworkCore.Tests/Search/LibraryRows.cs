namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>The same rows as LINQ sees them: in the database, or in memory.</summary>
public sealed record LibraryRows(IQueryable<Member> Members, IQueryable<Loan> Loans)
{
    private static readonly string[] s_names = ["Ann", "ann", "ANN", "Bob", "", "Åsa", "A\u030Asa", "Ann "];
    private static readonly string?[] s_emails = ["ann@x.org", null, "", "Ann@x.org", "bob@x.org", "ann@x.org", null];
    private static readonly string?[] s_codes = ["k1", "k2", "K1", null, "k3", "k1", "k4", "k5", "k6", "k7"];
    private static readonly string?[] s_cards = ["4000111122223333", "4000999922223333", "3333", "333", null, ""];
    private static readonly string?[] s_works = ["a@X.org", "b@x.org", "c@y.org", "none", null, "d@"];

    private static readonly string?[] s_stories =
    [
        "Anna ran home", "anna ran home", "An", "", null, "\U0001F388\U0001F388\U0001F388 party at Anna's", "\U0001F388\U0001F388", "Äpfel und Birnen", "A\u0308pfel und Birnen",
        "home, sweet HOME", "Anna ran home", "runs 42 miles; 42!", "Annabel Lee", "run, Anna: home",
    ];

    private static readonly int[] s_points = [-100, -21, -20, -11, -10, -1, 0, 9, 10, 40, int.MinValue, int.MaxValue, 29, 30];
    private static readonly decimal?[] s_balances = [null, 0m, 0.5m, 0.49m, 4.99m, 5m, -3m, 100m, 0.50m, decimal.MinValue, decimal.MaxValue];

    private static readonly DateOnly?[] s_days =
        [null, new(2000, 1, 1), new(2000, 1, 7), new(2000, 1, 8), new(1999, 12, 31), DateOnly.MinValue, DateOnly.MaxValue, new(2003, 5, 5), new(2005, 9, 24), new(2005, 10, 1)];

    private static readonly TimeOnly?[] s_times = [new(8, 0), new(8, 14, 59), new(8, 15), null, TimeOnly.MinValue, TimeOnly.MaxValue, new(9, 45)];

    /// <summary>Rows with many duplicates, nulls, empty texts and texts that differ in case or form alone.</summary>
    public static List<Member> Sample(string tenant, int count = 24)
    {
        int first = tenant == "a" ? 1 : 1001;
        var members = Enumerable.Range(0, count).Select(i => new Member
        {
            Id = first + i,
            TenantId = tenant,
            City = i % 3 == 0 ? "Oslo" : i % 3 == 1 ? "Bern" : "Rome",
            Name = s_names[i % s_names.Length],
            Email = s_emails[i % s_emails.Length],
            Age = 10 * (i % 4),
            Score = i % 5 == 0 ? null : i % 5 == 1 ? 1.5m : i % 5 == 2 ? 1.50m : i % 5,
            Token = new Guid(i % 6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]),
            Born = i % 4 == 0 ? null : new DateOnly(1990 + (i % 3), 1, 1 + (i % 2)),
            Rank = (Rank)(i % 3),
            Nick = s_names[(i + 3) % s_names.Length],
            Code = s_codes[i % s_codes.Length],
            Card = s_cards[i % s_cards.Length],
            Work = s_works[i % s_works.Length],
            Note = s_emails[i % s_emails.Length],
            Story = s_stories[i % s_stories.Length],
            Tag = s_stories[(i + 5) % s_stories.Length],
            Alias = s_stories[(i + 9) % s_stories.Length],
            Points = s_points[i % s_points.Length],
            Balance = s_balances[i % s_balances.Length],
            Joined = s_days[i % s_days.Length],
            Seen = i == 5 ? DateTime.MaxValue : new DateTime(2020, 1, 1).AddHours(3 * i),
            Wakes = s_times[i % s_times.Length],
            Level = (sbyte)((i * 22) - 128 > 127 ? 127 : (i * 22) - 128),
        }).ToList();
        foreach (var member in members)
        {
            int i = member.Id - first;
            member.Sponsor = i % 4 == 3 ? members[i - 3] : null;
            member.SponsorId = member.Sponsor?.Id;
            member.Loans = [.. Enumerable.Range(0, i % 3).Select(l => new Loan
            {
                Id = (10 * member.Id) + l,
                TenantId = tenant,
                MemberId = member.Id,
                Member = member,
                Day = l,
                Title = s_names[(i + l) % s_names.Length],
                Second = s_emails[(i + l) % s_emails.Length],
            })];
        }

        return members;
    }

    public static LibraryRows InMemory(List<Member> members) => new(members.AsQueryable(), members.SelectMany(static m => m.Loans).AsQueryable());

    public static LibraryRows InDatabase(LibraryContext db, Reading reading)
    {
        var members = reading switch
        {
            Reading.Tracked => db.Members,
            Reading.Split => db.Members.Include(static m => m.Loans).AsSplitQuery(),
            _ => db.Members.AsNoTracking(),
        };
        return new(members, reading == Reading.Tracked ? db.Loans : db.Loans.AsNoTracking());
    }
}
