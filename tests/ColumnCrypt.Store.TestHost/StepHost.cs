using System.Data.Common;
using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.Jobs;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Stepping;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Store.TestHost;

/// <summary>
/// A process that re-encrypts a database or takes an adopted column through a step, and says a line after every batch. Usage: step PROVIDER KEYS DATA KEKFILE RATE [COLUMN STEP].
/// </summary>
internal static class StepHost
{
    public static async Task RunAsync(string[] args)
    {
        var (provider, keys, data, kekFile) = (args[1], args[2], args[3], args[4]);
        double rate = double.Parse(args[5], System.Globalization.CultureInfo.InvariantCulture);
        await using var instance = ColumnCryptInstance.Create(cc =>
        {
            cc.Bounds.RevocationBound = TimeSpan.FromSeconds(1);
            cc.Bounds.PollInterval = TimeSpan.FromMilliseconds(100);
            cc.UseKek($"file:{kekFile}").UseKeyStore(() => provider == "postgresql" ? PostgreSqlKeyStore.Open(keys) : SqliteKeyStore.Open(keys));
        });
        await using DbDataSource source = provider == "postgresql" ? NpgsqlDataSource.Create(data) : SqliteFactory.Instance.CreateDataSource(data);
        var progress = new Lines();
        if (args.Length > 6)
        {
            var adopted = await instance.Keys.AdoptAsync(new AdoptOptions(args[6]) { Step = Enum.Parse<AdoptStep>(args[7]), MaxPerSecond = rate, Reason = "a test" }, source, progress);
            Console.WriteLine($"done {adopted.State} {adopted.Failures.Count}{Why(adopted.Failures)}");
        }
        else
        {
            var moved = await instance.Keys.ReencryptAsync(new ReencryptOptions { MaxPerSecond = rate }, source, progress);
            Console.WriteLine($"done {moved.Left.Count} {moved.Failures.Count}{Why(moved.Failures)}");
        }
    }

    private static string Why(IReadOnlyList<RowFailure> failures) => failures is [var first, ..] ? $": {first.Row} {first.Reason}" : "";

    private sealed class Lines : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => Console.WriteLine($"batch {value.Processed}");
    }
}
