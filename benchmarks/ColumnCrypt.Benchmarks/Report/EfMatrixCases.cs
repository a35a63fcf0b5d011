using ColumnCrypt.Benchmarks.Ef;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>Whole EF Core operations on SQLite and PostgreSQL beside the same entity in plaintext.</summary>
public static class EfMatrixCases
{
    private const int ReadRows = 10_000;
    private const int WriteRows = 2_000;
    private const int WideRows = 1_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (bool postgreSql in (bool[])[false, true])
        {
            string name = Databases.NameOf(postgreSql);
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
        foreach (bool postgreSql in (bool[])[false, true])
        {
            foreach (int columns in (int[])[1, 3, 10, 30])
            {
                await foreach (var measurement in ColumnsAsync(columns, postgreSql))
                {
                    yield return measurement;
                }
            }
        }
    }

    private static async IAsyncEnumerable<Measurement> ColumnsAsync(int columns, bool postgreSql)
    {
        string rest = $"{WideRows} rows x {columns} strings, {Databases.NameOf(postgreSql)}";
        using var plain = new WideBench(columns, encrypted: false, postgreSql);
        using var secret = new WideBench(columns, encrypted: true, postgreSql);
        yield return await OfAsync("insert", static bench => bench.InsertAsync(WideRows), EmptyAsync);
        await plain.InsertAsync(WideRows);
        await secret.InsertAsync(WideRows);
        yield return await OfAsync("read", static bench => bench.ReadAsync());
        yield return await OfAsync("read, tracked,", static bench => bench.ReadTrackedAsync());
        yield return await OfAsync("read, compiled query,", static bench => bench.ReadCompiledAsync());
        yield return await OfAsync("read, pooled context,", static bench => bench.ReadPooledAsync());
        yield return await OfAsync("read, change one string, save", static bench => bench.UpdateAsync());

        async Task<Measurement> OfAsync(string what, Func<WideBench, Task> work, Func<Task>? between = null) =>
            new($"{what} {rest}", await Interleaved.RatioAsync(() => work(plain), () => work(secret), between), null, "x plain");

        async Task EmptyAsync()
        {
            await plain.EmptyAsync();
            await secret.EmptyAsync();
        }
    }
}
