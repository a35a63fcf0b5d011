using ColumnCrypt.Benchmarks.Ef;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What encryption costs a whole EF Core operation on SQLite.</summary>
public static class EfCases
{
    private const int ReadRows = 10_000;
    private const int InsertRows = 4_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var read = new EfBench();
        await read.InsertPlainAsync(ReadRows);
        await read.InsertSecretAsync(ReadRows);
        yield return new($"EF read of {ReadRows} rows x 3 strings, SQLite, no tracking", await Interleaved.RatioAsync(read.ReadPlainAsync, read.ReadSecretAsync), 2.2, "x plain");

        using var insert = new EfBench();
        double ratio = await Interleaved.RatioAsync(() => insert.InsertPlainAsync(InsertRows), () => insert.InsertSecretAsync(InsertRows), insert.EmptyAsync);
        yield return new($"EF insert of {InsertRows} rows x 3 strings, SQLite", ratio, 1.2, "x plain");
    }
}
