using System.Linq.Expressions;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4, Must hold 1
public class LibraryQueryTests
{
    private static readonly string s_name = "Ann";
    private static readonly string? s_email = "ann@x.org";
    private static readonly string?[] s_emails = ["bob@x.org", "", null];

    private static readonly Expression<Func<Member, bool>>[] s_terms =
    [
        m => m.Name == s_name,
        m => m.Email != s_email,
        m => s_emails.Contains(m.Email),
        m => m.Age == 10,
        m => m.Score == 1.5m,
        m => m.Rank == Rank.Gold,
        m => m.Loans.Any(l => l.Title == s_name),
        m => m.Email == null,
    ];

    private static readonly (string Name, Func<IQueryable<Member>, object?> Run)[] s_ends =
    [
        ("ToList", static q => q.ToList()),
        ("Count", static q => q.Count()),
        ("Any", static q => q.Any()),
        ("First", static q => q.OrderBy(m => m.Id).FirstOrDefault()),
        ("page", static q => q.OrderBy(m => m.Id).Skip(1).Take(2).Select(m => new { m.Id, m.Name }).ToList()),
        ("group", static q => q.GroupBy(m => m.City).Select(g => new { g.Key, N = g.Count() }).ToList()),
    ];

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Query_OfEveryGeneratedShape_IsRight(DatabaseKind kind)
    {
        await using var library = await Library.OpenAsync(kind);
        List<string> wrong = [];
        int shapes = 0;
        foreach (var (name, predicate) in Predicates())
        {
            foreach (var (end, run) in s_ends)
            {
                shapes++;
                foreach (string tenant in Library.Tenants)
                {
                    string expected = Library.Answer(() => run(library.InMemory(tenant).Members.Where(predicate)));
                    foreach (var reading in end == "ToList" ? Enum.GetValues<Reading>() : [Reading.Untracked])
                    {
                        using var db = library.As(tenant);
                        string outcome = Library.Outcome(() => run(LibraryRows.InDatabase(db, reading).Members.Where(predicate)), expected);
                        if (outcome != "works")
                        {
                            wrong.Add($"{tenant} {reading} {end} {name}: {outcome}");
                        }
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(10)));
        Assert.True(shapes >= 150, $"{shapes} shapes.");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Query_Compiled_IsRightForEveryTenant(DatabaseKind kind)
    {
        await using var library = await Library.OpenAsync(kind);
        List<string> wrong = [];
        foreach (var (name, predicate) in Predicates())
        {
            var compiled = Compile(predicate);
            foreach (string tenant in Library.Tenants.Concat(Library.Tenants))
            {
                using var db = library.As(tenant);
                string expected = Library.Answer(() => library.InMemory(tenant).Members.Where(predicate).ToList());
                string outcome = Library.Outcome(() => compiled(db).ToList(), expected);
                if (outcome != "works")
                {
                    wrong.Add($"{tenant} {name}: {outcome}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(10)));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Query_CompiledWithArguments_IsAskedAnewEachTime(DatabaseKind kind)
    {
        await using var library = await Library.OpenAsync(kind);
        var byName = EF.CompileAsyncQuery(static (LibraryContext db, string name) => db.Members.Count(m => m.Name == name));
        var byAny = EF.CompileQuery(static (LibraryContext db, string?[] emails) => db.Members.Where(m => emails.Contains(m.Email)));
        foreach (string tenant in Library.Tenants)
        {
            await using var db = library.As(tenant);
            foreach (string name in new[] { "Ann", "ANN", "nobody" })
            {
                Assert.Equal(library.InMemory(tenant).Members.Count(m => m.Name == name), await byName(db, name));
            }

            foreach (var emails in new[] { [null], ["ann@x.org"], ["", "bob@x.org", null], Array.Empty<string?>() })
            {
                Assert.Equal(library.InMemory(tenant).Members.Count(m => emails.Contains(m.Email)), byAny(db, emails).Count());
            }
        }
    }

    private static Func<LibraryContext, IEnumerable<Member>> Compile(Expression<Func<Member, bool>> predicate)
    {
        var db = Expression.Parameter(typeof(LibraryContext), "db");
        var body = Expression.Call(
            typeof(Queryable), nameof(Queryable.Where), [typeof(Member)], Expression.Property(db, nameof(LibraryContext.Members)), Expression.Quote(predicate));
        return EF.CompileQuery(Expression.Lambda<Func<LibraryContext, IQueryable<Member>>>(body, db));
    }

    /// <summary>Every term, its negation, and every pair of terms with "and" and "or" in turn.</summary>
    private static IEnumerable<(string Name, Expression<Func<Member, bool>> Predicate)> Predicates()
    {
        var m = Expression.Parameter(typeof(Member), "m");
        var bodies = s_terms.Select(term => Microsoft.EntityFrameworkCore.Query.ReplacingExpressionVisitor.Replace(term.Parameters[0], m, term.Body)).ToList();
        foreach (var body in bodies.SelectMany(body => new[] { body, Expression.Not(body) }))
        {
            yield return Named(body);
        }

        for (int i = 0; i < bodies.Count; i++)
        {
            for (int j = i + 1; j < bodies.Count; j++)
            {
                yield return Named((i + j) % 2 == 0 ? Expression.AndAlso(bodies[i], bodies[j]) : Expression.OrElse(bodies[i], Expression.Not(bodies[j])));
            }
        }

        (string, Expression<Func<Member, bool>>) Named(Expression body) => (body.ToString(), Expression.Lambda<Func<Member, bool>>(body, m));
    }
}
