using ColumnCrypt.Benchmarks.Ef;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What a blind index costs, beside an ordinary index on plaintext.</summary>
public static class SearchCases
{
    private const int Rows = 10_000;
    private const int Lookups = 500;
    private const int InsertRows = 4_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var find = new SearchBench();
        await find.InsertPlainAsync(Rows);
        await find.InsertSecretAsync(Rows);
        yield return new(
            $"EF lookup by equality in {Rows} rows, SQLite, no tracking",
            await Interleaved.RatioAsync(() => find.FindPlainAsync(Lookups), () => find.FindSecretAsync(Lookups)),
            1.15,
            "x plain");

        using var insert = new SearchBench();
        double ratio = await Interleaved.RatioAsync(() => insert.InsertPlainAsync(InsertRows), () => insert.InsertSecretAsync(InsertRows), insert.EmptyAsync);
        yield return new($"EF insert of {InsertRows} rows x 3 strings, one indexed, SQLite", ratio, 1.4, "x plain");
    }
}
