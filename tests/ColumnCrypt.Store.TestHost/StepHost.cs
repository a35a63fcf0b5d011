using System.Data.Common;
using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.Jobs;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Store.TestHost;

/// <summary>
/// A process that re-encrypts a database or adopts a column, and says a line after every batch. Usage: step PROVIDER KEYS DATA KEKFILE RATE [COLUMN].
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
            var adopted = await instance.Keys.AdoptAsync(new AdoptOptions(args[6]) { MaxPerSecond = rate }, source, progress);
            Console.WriteLine($"done {adopted.State} {adopted.Failures.Count}");
        }
        else
        {
            var moved = await instance.Keys.ReencryptAsync(new ReencryptOptions { MaxPerSecond = rate }, source, progress);
            Console.WriteLine($"done {moved.Left.Count} {moved.Failures.Count}");
        }
    }

    private sealed class Lines : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => Console.WriteLine($"batch {value.Processed}");
    }
}
