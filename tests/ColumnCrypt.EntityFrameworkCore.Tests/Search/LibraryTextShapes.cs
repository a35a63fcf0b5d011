using System.Text;
using System.Text.RegularExpressions;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-12, SPEC-IDX-13.
/// <summary>The shapes of docs/queries.md that ask text indexes. In memory, words are told apart by an expression of their own.</summary>
public static partial class LibraryTextShapes
{
    private const string Beginnings = "Beginnings of texts";
    private const string AllWords = "Words of texts";
    private static readonly string s_an = "An";
    private static readonly string s_anna = "Anna";
    private static readonly string s_long = "Anna ran";
    private static readonly string s_balloon = "\U0001F388\U0001F388";
    private static readonly string s_terms = "home anna";

    public static IReadOnlyList<LibraryShape> All { get; } = [.. StartsWith(), .. MatchesWords()];

    private static IEnumerable<LibraryShape> StartsWith() =>
    [
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_anna)).ToList(), r => r.Members.Where(m => Begins(m.Story, s_anna)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An")).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_an, StringComparison.Ordinal)).ToList(), r => r.Members.Where(m => Begins(m.Story, s_an)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("an")).ToList(), r => r.Members.Where(m => Begins(m.Story, "an")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_balloon)).ToList(), r => r.Members.Where(m => Begins(m.Story, s_balloon)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("Äp")).ToList(), r => r.Members.Where(m => Begins(m.Story, "Äp")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("nobod")).ToList(), r => r.Members.Where(m => Begins(m.Story, "nobod")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => !m.Story!.StartsWith("An")).ToList(), r => r.Members.Where(m => !Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story != null && !m.Story.StartsWith("An")).ToList(), r => r.Members.Where(m => m.Story != null && !Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An") || m.City == "Oslo").ToList(), r => r.Members.Where(m => Begins(m.Story, "An") || m.City == "Oslo").ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An") && m.Name == "Ann").ToList(), r => r.Members.Where(m => Begins(m.Story, "An") && m.Name == "Ann").ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An") == (m.City == "Oslo")).ToList(), r => r.Members.Where(m => Begins(m.Story, "An") == (m.City == "Oslo")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Count(m => m.Story!.StartsWith(s_anna)), r => r.Members.Count(m => Begins(m.Story, s_anna))),
        LibraryShape.Of(Beginnings, r => r.Members.Any(m => m.Story!.StartsWith("zz")), r => r.Members.Any(m => Begins(m.Story, "zz"))),
        LibraryShape.Of(Beginnings, r => r.Members.OrderBy(m => m.Id).First(m => m.Story!.StartsWith("an")).Id, r => r.Members.OrderBy(m => m.Id).First(m => Begins(m.Story, "an")).Id),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An")).OrderBy(m => m.Id).Skip(1).Take(2).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).OrderBy(m => m.Id).Skip(1).Take(2).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An")).GroupBy(m => m.City).Select(g => new { g.Key, N = g.Count() }).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).GroupBy(m => m.City).Select(g => new { g.Key, N = g.Count() }).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Sponsor!.Story!.StartsWith("An")).ToList(), r => r.Members.Where(m => m.Sponsor != null && Begins(m.Sponsor.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => !m.Sponsor!.Story!.StartsWith("An")).ToList(), r => r.Members.Where(m => !(m.Sponsor != null && Begins(m.Sponsor.Story, "An"))).ToList()),
        LibraryShape.Of(Beginnings, r => r.Loans.Where(l => l.Member!.Story!.StartsWith("Anna")).ToList(), r => r.Loans.Where(l => Begins(l.Member!.Story, "Anna")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => r.Members.Any(n => n.SponsorId == m.Id && n.Story!.StartsWith("An"))).ToList(), r => r.Members.Where(m => r.Members.Any(n => n.SponsorId == m.Id && Begins(n.Story, "An"))).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Select(m => new { Member = m }).Where(x => x.Member.Story!.StartsWith("An")).Select(x => x.Member.Id).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).Select(m => m.Id).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("An")).Select(m => m.Story!.StartsWith("Anna")).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).Select(m => Begins(m.Story, "Anna")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => EF.Property<string>(m, "Story").StartsWith("An")).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => EF.Functions.HasPrefix(m.Story, s_long)).AsEnumerable().Where(m => Begins(m.Story, s_long)).ToList(), r => r.Members.Where(m => Begins(m.Story, s_long)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => EF.Functions.HasPrefix(m.Tag, "Anna")).AsEnumerable().Where(m => Begins(m.Tag, "Anna")).ToList(), r => r.Members.Where(m => Begins(m.Tag, "Anna")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => EF.Functions.HasPrefix(m.Alias, "ANN")).ToList(), r => r.Members.Where(m => m.Alias != null && m.Alias.StartsWith("ann", StringComparison.OrdinalIgnoreCase)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_long)).ToList(), r => r.Members.Where(m => Begins(m.Story, s_long)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_long) && m.Name == "Ann").Select(m => m.Id).ToList(), r => r.Members.Where(m => Begins(m.Story, s_long) && m.Name == "Ann").Select(m => m.Id).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.OrderByDescending(m => m.Id).First(m => m.Story!.StartsWith(s_long)).Id, r => r.Members.OrderByDescending(m => m.Id).First(m => Begins(m.Story, s_long)).Id),
        LibraryShape.Of(Beginnings, r => r.Members.FirstOrDefault(m => m.Story!.StartsWith("Anna runs")), r => r.Members.FirstOrDefault(m => Begins(m.Story, "Anna runs"))),
        LibraryShape.Of(Beginnings, r => r.Loans.Where(l => l.Member!.Story!.StartsWith(s_long)).Select(l => l.Id).ToList(), r => r.Loans.Where(l => Begins(l.Member!.Story, s_long)).Select(l => l.Id).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Tag!.StartsWith("Anna")).ToList(), r => r.Members.Where(m => Begins(m.Tag, "Anna")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Count(m => m.Tag!.StartsWith("Anna")), r => r.Members.Count(m => Begins(m.Tag, "Anna"))),
        LibraryShape.Of(Beginnings, r => r.Members.Any(m => m.Tag!.StartsWith("Anno")), r => r.Members.Any(m => Begins(m.Tag, "Anno"))),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Tag!.StartsWith(s_long) && m.Code == "k1").ToList(), r => r.Members.Where(m => Begins(m.Tag, s_long) && m.Code == "k1").ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Count(m => m.Story!.StartsWith(s_long)), r => r.Members.Count(m => Begins(m.Story, s_long))),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => !m.Story!.StartsWith(s_long)).ToList(), r => r.Members.Where(m => !Begins(m.Story, s_long)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(s_long)).OrderBy(m => m.Id).Take(1).ToList(), r => r.Members.Where(m => Begins(m.Story, s_long)).OrderBy(m => m.Id).Take(1).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => !m.Tag!.StartsWith("Anna")).ToList(), r => r.Members.Where(m => !Begins(m.Tag, "Anna")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Tag!.StartsWith("Anna")).OrderBy(m => m.Id).Take(2).ToList(), r => r.Members.Where(m => Begins(m.Tag, "Anna")).OrderBy(m => m.Id).Take(2).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("A")).ToList(), r => r.Members.Where(m => Begins(m.Story, "A")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Alias!.StartsWith("Ann")).ToList(), r => r.Members.Where(m => Begins(m.Alias, "Ann")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith(m.City)).ToList(), r => r.Members.Where(m => Begins(m.Story, m.City)).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.StartsWith("an", StringComparison.OrdinalIgnoreCase)).ToList(), r => r.Members.Where(m => Begins(m.Story, "an")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.EndsWith("home")).ToList(), r => r.Members.Where(m => m.Story != null && m.Story.EndsWith("home")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.Contains("ran")).ToList(), r => r.Members.Where(m => m.Story != null && m.Story.Contains("ran")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => EF.Functions.Like(m.Story, "An%")).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.IndexOf("An") == 0).ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).ToList()),
        LibraryShape.Of(Beginnings, r => r.Members.Where(m => m.Story!.Substring(0, 2) == "An").ToList(), r => r.Members.Where(m => Begins(m.Story, "An")).ToList()),
    ];

    private static IEnumerable<LibraryShape> MatchesWords() =>
    [
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "HOME")).ToList(), r => r.Members.Where(m => Has(m.Story, "HOME")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, s_terms)).ToList(), r => r.Members.Where(m => Has(m.Story, s_terms)).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "home, home; HOME")).ToList(), r => r.Members.Where(m => Has(m.Story, "home")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "42")).ToList(), r => r.Members.Where(m => Has(m.Story, "42")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "ÄPFEL")).ToList(), r => r.Members.Where(m => Has(m.Story, "ÄPFEL")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "ann")).ToList(), r => r.Members.Where(m => Has(m.Story, "ann")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, " ;-) ")).ToList(), r => r.Members.Where(m => false).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, null)).ToList(), r => r.Members.Where(m => false).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => !EF.Functions.MatchesWords(m.Story, s_terms)).ToList(), r => r.Members.Where(m => !Has(m.Story, s_terms)).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Count(m => EF.Functions.MatchesWords(m.Story, s_terms)), r => r.Members.Count(m => Has(m.Story, s_terms))),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "anna") && m.Story!.StartsWith("run")).ToList(), r => r.Members.Where(m => Has(m.Story, "anna") && Begins(m.Story, "run")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Sponsor!.Story, "home")).ToList(), r => r.Members.Where(m => m.Sponsor != null && Has(m.Sponsor.Story, "home")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Select(m => new { m.Id, Found = EF.Functions.MatchesWords(m.Story, "home") }).ToList(), r => r.Members.Select(m => new { m.Id, Found = Has(m.Story, "home") }).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => r.Loans.Any(l => l.MemberId == m.Id) && EF.Functions.MatchesWords(m.Story, "home")).ToList(), r => r.Members.Where(m => r.Loans.Any(l => l.MemberId == m.Id) && Has(m.Story, "home")).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Name, "Ann")).ToList(), r => r.Members.Where(m => m.Name == "Ann").ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, m.City)).ToList(), r => r.Members.Where(m => Has(m.Story, m.City)).ToList()),
        LibraryShape.Of(AllWords, r => r.Members.Where(m => EF.Functions.MatchesWords(m.Story, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17")).ToList(), r => r.Members.Where(m => false).ToList()),
    ];

    private static bool Begins(string? text, string start) => text is not null && text.StartsWith(start, StringComparison.Ordinal);

    private static bool Has(string? text, string terms)
    {
        var words = Words(text ?? "").ToHashSet(StringComparer.Ordinal);
        return Words(terms).All(words.Contains);
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text.Normalize(NormalizationForm.FormKC).ToLowerInvariant()).Select(static m => m.Value);

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
