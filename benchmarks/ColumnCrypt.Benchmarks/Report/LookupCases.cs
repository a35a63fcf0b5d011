using ColumnCrypt.Benchmarks.Ef;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>
/// One row found among more and more. Another kind of lookup is another line of <see cref="s_kinds"/>.
/// </summary>
public static class LookupCases
{
    private const int Everywhere = 1_000_000;

    private static readonly (string What, int MostRows, Func<LetterBench, Task> Find)[] s_kinds =
    [
        ("blind index, equality", Everywhere, static bench => bench.FindByReferenceAsync()),
        ("text index, a beginning of 8", Everywhere, static bench => bench.FindByBeginningAsync()),
        ("text index, two rare words", Everywhere, static bench => bench.FindByWordsAsync()),
        ("text index, a rare word and one of every row", 10_000, static bench => bench.FindByACommonWordAsync()),
        ("range index of 4,096 buckets", Everywhere, static bench => bench.FindByRangeAsync()),
    ];

    /// <summary>10,000 and 100,000 rows; 1,000,000 too where COLUMNCRYPT_LONG is 1.</summary>
    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        int most = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 1_000_000 : 100_000;
        foreach (bool postgreSql in (bool[])[false, true])
        {
            using var bench = new LetterBench(postgreSql);
            for (int rows = 10_000; rows <= most; rows *= 10)
            {
                await bench.FillAsync(rows);
                foreach (var (what, _, find) in s_kinds.Where(kind => kind.MostRows >= rows))
                {
                    yield return new($"{what}, {rows} rows, {Databases.NameOf(postgreSql)}", await Interleaved.RatioAsync(bench.FindByNumberAsync, () => find(bench)), null, "x plain");
                }
            }
        }
    }
}
