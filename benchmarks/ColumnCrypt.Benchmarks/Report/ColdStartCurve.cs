using ColumnCrypt.Benchmarks.Short;
using ColumnCrypt.Configuration;
using ColumnCrypt.Sqlite;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>How long a node takes to have the keys of a tenant that it meets for the first time, as the key tables grow; they are in a SQLite file.</summary>
public static class ColdStartCurve
{
    private const int Tenants = 50;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var folder = new TempFolder();
        var kek = new SwitchableKek();
        string few = await FillAsync(folder.File("few.db"), Tenants, kek);
        foreach (int tenants in (int[])[1_000, 100_000])
        {
            string many = await FillAsync(folder.File($"{tenants}.db"), tenants, kek);
            int from = 0;
            double ratio = await Interleaved.RatioAsync(() => MeetAsync(few, kek, 0), () => MeetAsync(many, kek, (from = (from + Tenants) % tenants)));
            yield return new($"a new process meets {Tenants} of {tenants} tenants", ratio, null, $"x {Tenants} of {Tenants}");
        }
    }

    private static async Task<string> FillAsync(string file, int tenants, SwitchableKek kek)
    {
        string connectionString = $"Data Source={file};Pooling=False";
        var store = SqliteKeyStore.Open(connectionString);
        await store.CreateTablesAsync(CancellationToken.None);
        await ManyKeys.FillAsync(store, tenants, cc => Configure(cc, kek));
        return connectionString;
    }

    private static async Task MeetAsync(string connectionString, SwitchableKek kek, int from)
    {
        await using var keys = ColumnCryptInstance.Create(cc => Configure(cc.UseKeyStore(() => SqliteKeyStore.Open(connectionString)), kek));
        for (int tenant = from; tenant < from + Tenants; tenant++)
        {
            (await keys.AcquireRingAsync($"t{tenant:000000}", 0, CancellationToken.None)).Dispose();
        }
    }

    private static void Configure(Microsoft.Extensions.DependencyInjection.ColumnCryptBuilder builder, SwitchableKek kek) => builder.AddKekProvider(kek).UseKek(kek.Id);
}
