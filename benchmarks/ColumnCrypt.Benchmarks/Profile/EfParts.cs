using ColumnCrypt.Benchmarks.Ef;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Profile;

/// <summary>What an encrypted read and insert spend beyond those of plaintext.</summary>
internal static class EfParts
{
    private const int ReadRows = 10_000;
    private const int InsertRows = 4_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (bool postgreSql in (bool[])[false, true])
        {
            string name = Databases.NameOf(postgreSql);
            using var whole = new EfBench(postgreSql);
            using var parts = new BytesBench(postgreSql);
            yield return await InsertAsync("insert, encrypted", () => whole.InsertSecretAsync(InsertRows));
            yield return await InsertAsync("- bytes of that size, nothing encrypted", () => parts.InsertAsync(InsertRows));
            yield return await InsertAsync("- the values protected, nothing saved", () => parts.ProtectAsync(InsertRows));
            await whole.InsertPlainAsync(ReadRows);
            await whole.InsertSecretAsync(ReadRows);
            await parts.InsertAsync(ReadRows);
            yield return await ReadAsync("read, no tracking, encrypted", whole.ReadSecretAsync);
            yield return await ReadAsync("- bytes of that size, nothing decrypted", parts.ReadAsync);
            yield return await ReadAsync("- the values unprotected, nothing read", () => parts.UnprotectAsync(ReadRows));

            async Task<Measurement> InsertAsync(string what, Func<Task> work) =>
                new($"{what}, {name}", await Interleaved.RatioAsync(() => whole.InsertPlainAsync(InsertRows), work, EmptyAsync), null, "x plain");

            async Task<Measurement> ReadAsync(string what, Func<Task> work) => new($"{what}, {name}", await Interleaved.RatioAsync(whole.ReadPlainAsync, work), null, "x plain");

            async Task EmptyAsync()
            {
                await whole.EmptyAsync();
                await parts.EmptyAsync();
            }
        }
    }
}
