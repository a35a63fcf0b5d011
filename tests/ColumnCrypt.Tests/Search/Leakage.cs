using System.Globalization;
using ColumnCrypt.Search;

namespace ColumnCrypt.Tests.Search;

/// <summary>
/// The computed examples of docs/leakage.md: 10,000 rows of 200 surnames, the k-th of them in a share of the rows that goes with 1/k, and
/// somebody who knows the names and how frequent each is. Index values are real ones under a fixed key; nothing is left to chance.
/// </summary>
internal static class Leakage
{
    private const int Rows = 10_000;
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    private static readonly string[] s_names =
    [
        .. from suffix in new[] { "", "s" }
           from second in new[] { "son", "man", "ley", "ton", "er", "berg", "ham", "ford", "well", "stein" }
           from first in new[] { "an", "ber", "car", "do", "el", "fin", "gar", "hol", "iv", "jan" }
           select first + second + suffix,
    ];

    /// <summary>How many rows hold each name.</summary>
    public static IReadOnlyDictionary<string, int> Counts { get; } = CountNames();

    /// <summary>The rows of the table.</summary>
    public static IEnumerable<(string Example, string Number)> Table()
    {
        yield return ("`eq`, 256 bits: names whose number of rows no other name has, so that the count alone names them", $"{Unique(static name => Counts[name])} of 200");
        foreach (int bits in new[] { 256, 8, 5, 3 })
        {
            yield return ($"`eq`, {bits} bits: rows that are guessed right when the k-th largest group is taken for the k-th most frequent name", Percent(GuessedRight(bits)));
        }

        yield return ("`prefix:3`: groups of the 200 names", Groups(static name => Value("prefix:3", name)).ToString(CultureInfo.InvariantCulture));
        yield return ("`eq`, 5 bits: groups of the 200 names", Groups(static name => Value("eq", name, 5)).ToString(CultureInfo.InvariantCulture));
        yield return ("both of them on one property: groups of the 200 names", Groups(static name => Value("prefix:3", name) + Value("eq", name, 5)).ToString(CultureInfo.InvariantCulture));
        yield return ("`prefix:3` alone: names whose number of rows with the same prefix no other name has", $"{Unique(static name => Trie(name, 3))} of 200");
        yield return ("`prefix:3` to `prefix:8`: names whose numbers of rows at each length, read down the trie, no other name has", $"{Unique(static name => Trie(name, 8))} of 200");
        yield return ("`prefix:3` to `prefix:8`: names whose length the number of their tokens tells (those shorter than eight characters)", $"{s_names.Count(static name => name.Length < 8)} of 200");
        yield return ("`last4` of a number of 9 digits: numbers that are left, of 1,000,000,000, once the last four digits of one row are known", (1_000_000_000 / 10_000).ToString("N0", CultureInfo.InvariantCulture));
        yield return ("`last4`, 10,000 rows, digits evenly spread: rows that are expected to share the four digits of a letterhead", Math.Round(Rows / 10_000.0).ToString(CultureInfo.InvariantCulture));
        yield return ("`bucket:…`, 8 buckets: orders that they can stand in, up to its mirror image, before the first query", Orders(0).ToString("N0", CultureInfo.InvariantCulture));
        foreach (int queries in new[] { 4, 8, 16, 32 })
        {
            yield return ($"… that fit the query log after {queries} range queries with bounds taken at random", Orders(queries).ToString("N0", CultureInfo.InvariantCulture));
        }

        foreach (int queries in new[] { 4, 8, 16 })
        {
            yield return ($"… that fit the query log after {queries} range queries of one bound alone, taken at random", Orders(queries, isOneSided: true).ToString("N0", CultureInfo.InvariantCulture));
        }

        yield return ("`word`, notes of 3 of 20 words: words whose number of notes no other word has", $"{UniqueWords(together: false)} of 20");
        yield return ("… words whose number of notes together with each other word (co-occurrence) no other word has", $"{UniqueWords(together: true)} of 20");
    }

    private static Dictionary<string, int> CountNames()
    {
        double harmonic = Enumerable.Range(1, s_names.Length).Sum(static k => 1.0 / k);
        return s_names.Select((name, i) => (name, Count: (int)Math.Round(Rows / ((i + 1) * harmonic)))).ToDictionary(static pair => pair.name, static pair => pair.Count);
    }

    private static string Value(string kind, string name, int bits = 256)
    {
        var index = new IndexDefinition("person.name", kind);
        return IndexValues.MessageOf(index, name) is { } message ? Convert.ToHexString(IndexValues.Of(s_key, index, message, bits)) : "";
    }

    private static int Groups(Func<string, string> value) => s_names.Select(value).Distinct().Count();

    private static int Unique<T>(Func<string, T> shown) => s_names.GroupBy(shown).Count(static group => group.Count() == 1);

    private static double GuessedRight(int bits)
    {
        var groups = s_names.GroupBy(name => Value("eq", name, bits)).OrderByDescending(static group => group.Sum(name => Counts[name])).ThenBy(static group => group.Key, StringComparer.Ordinal).ToList();
        int right = groups.Select((group, i) => group.Contains(s_names[i]) ? Counts[s_names[i]] : 0).Sum();
        return (double)right / Counts.Values.Sum();
    }

    // The rows below each node on the way down to a name: what the side table of prefixes shows.
    private static string Trie(string name, int longest) => string.Join(',', Enumerable.Range(3, longest - 2).Select(length =>
        name.Length < length ? 0 : s_names.Where(other => other.StartsWith(name[..length], StringComparison.Ordinal)).Sum(static other => Counts[other])));

    private static long Orders(int queries, bool isOneSided = false)
    {
        const int Buckets = 8;
        uint state = 12345;
        var asked = new List<(int First, int Last)>();
        while (asked.Count < queries)
        {
            int a = Next(Buckets);
            int b = isOneSided ? Buckets - 1 : Next(Buckets);
            asked.Add((Math.Min(a, b), Math.Max(a, b)));
        }

        long orders = 0;
        Permute([.. Enumerable.Range(0, Buckets)], 0);
        return orders / 2;

        // An order fits where every query asked for neighbours alone.
        void Permute(int[] places, int at)
        {
            if (at == places.Length)
            {
                orders += asked.TrueForAll(query => places[query.First..(query.Last + 1)] is var span && span.Max() - span.Min() == query.Last - query.First) ? 1 : 0;
                return;
            }

            for (int i = at; i < places.Length; i++)
            {
                (places[at], places[i]) = (places[i], places[at]);
                Permute(places, at + 1);
                (places[at], places[i]) = (places[i], places[at]);
            }
        }

        int Next(int below)
        {
            state = unchecked((state * 1664525) + 1013904223);
            return (int)((state >> 16) % below);
        }
    }

    private static int UniqueWords(bool together)
    {
        const int Words = 20;
        uint state = 4711;
        var notes = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 3).Select(_ => Next()).Distinct().ToArray()).ToList();
        return Enumerable.Range(0, Words).GroupBy(word => together ? Profile(word) : Count(word).ToString(CultureInfo.InvariantCulture)).Count(static group => group.Count() == 1);

        int Count(int word) => notes.Count(note => note.Contains(word));

        // Without names for the other words, only the counts themselves show.
        string Profile(int word) => $"{Count(word)}: " + string.Join(',', Enumerable.Range(0, Words).Where(other => other != word)
            .Select(other => notes.Count(note => note.Contains(word) && note.Contains(other))).Order());

        int Next()
        {
            state = unchecked((state * 1664525) + 1013904223);
            return (int)((state >> 16) % Words);
        }
    }

    private static string Percent(double share) => share.ToString("0 %", CultureInfo.InvariantCulture);
}
