using ColumnCrypt.Benchmarks.Ef;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What a blind index costs, beside an ordinary index on plaintext.</summary>
public static class SearchCases
{
    private const int Rows = 10_000;
    private const int Lookups = 500;
    private const int InsertRows = 4_000;

    /// <summary>On SQLite, for the gate.</summary>
    public static IAsyncEnumerable<Measurement> RunAsync() => OnAsync(postgreSql: false);

    /// <summary>On both databases, for the report.</summary>
    public static async IAsyncEnumerable<Measurement> BothAsync()
    {
        foreach (bool postgreSql in (bool[])[false, true])
        {
            await foreach (var measurement in OnAsync(postgreSql))
            {
                yield return measurement;
            }
        }
    }

    private static async IAsyncEnumerable<Measurement> OnAsync(bool postgreSql)
    {
        string name = Databases.NameOf(postgreSql);
        using var find = new SearchBench(postgreSql);
        await find.InsertPlainAsync(Rows);
        await find.InsertSecretAsync(Rows);
        yield return new(
            $"EF lookup by equality in {Rows} rows, {name}, no tracking",
            await Interleaved.RatioAsync(() => find.FindPlainAsync(Lookups), () => find.FindSecretAsync(Lookups)),
            1.15,
            "x plain");

        using var insert = new SearchBench(postgreSql);
        double ratio = await Interleaved.RatioAsync(() => insert.InsertPlainAsync(InsertRows), () => insert.InsertSecretAsync(InsertRows), insert.EmptyAsync);
        yield return new($"EF insert of {InsertRows} rows x 3 strings, one indexed, {name}", ratio, postgreSql ? 1.3 : 1.4, "x plain");
    }
}
