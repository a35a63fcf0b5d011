using ColumnCrypt.Benchmarks.Ef;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>Whole EF Core operations on SQLite and PostgreSQL beside the same entity in plaintext.</summary>
public static class EfMatrixCases
{
    private const int ReadRows = 10_000;
    private const int WriteRows = 2_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (bool postgreSql in (bool[])[false, true])
        {
            string name = postgreSql ? "PostgreSQL" : "SQLite";
            using var read = new EfBench(postgreSql);
            await read.InsertPlainAsync(ReadRows);
            await read.InsertSecretAsync(ReadRows);
            yield return new($"read {ReadRows} rows x 3 strings, no tracking, {name}", await Interleaved.RatioAsync(read.ReadPlainAsync, read.ReadSecretAsync), postgreSql ? 2.6 : 2.2, "x plain");
            yield return new($"read, tracked, {name}", await Interleaved.RatioAsync(read.ReadTrackedPlainAsync, read.ReadTrackedSecretAsync), null, "x plain");
            yield return new($"read, compiled query, pooled context, {name}", await Interleaved.RatioAsync(read.ReadCompiledPlainAsync, read.ReadCompiledSecretAsync), null, "x plain");

            using var write = new EfBench(postgreSql);
            yield return new(
                $"insert {WriteRows} rows x 3 strings, {name}",
                await Interleaved.RatioAsync(() => write.InsertPlainAsync(WriteRows), () => write.InsertSecretAsync(WriteRows), write.EmptyAsync),
                postgreSql ? 1.12 : 1.2,
                "x plain");
            await write.InsertPlainAsync(WriteRows);
            await write.InsertSecretAsync(WriteRows);
            yield return new($"read {WriteRows} rows, change one string, save, {name}", await Interleaved.RatioAsync(write.UpdatePlainAsync, write.UpdateSecretAsync), null, "x plain");
        }
    }

    public static async IAsyncEnumerable<Measurement> ColumnsAsync()
    {
        foreach (int columns in (int[])[1, 3, 10, 30])
        {
            using var bench = new WideBench(columns);
            await bench.FillAsync(3_000);
            yield return new($"read 3,000 rows x {columns} strings, SQLite", await Interleaved.RatioAsync(() => bench.ReadAsync(encrypted: false), () => bench.ReadAsync(encrypted: true)), null, "x plain");
        }
    }
}
