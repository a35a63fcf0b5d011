using System.CommandLine;
using System.Data.Common;
using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Stepping;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Rows;

/// <summary>The options of verbs that walk the rows of the application's database.</summary>
internal sealed class WalkParameters
{
    // Never called.
    private const string NoKek = "file:none";

    private readonly Option<string> _connection = new("--data-connection")
    {
        Description = "A connection string of the application's database, on the same provider, that may change the columns.",
        HelpName = "STRING",
        Required = true,
    };

    private readonly Option<string?> _read = new("--read-connection")
    {
        Description = "Reads pages there, for example on a replica. What is older there is read again where it is written.",
        HelpName = "STRING",
    };

    private readonly Option<double?> _rate = Parameters.Number("--rate", "How many rows a second at most.", 0.05, 10_000_000);
    private readonly Option<int?> _batch = Parameters.Number("--batch", "How many rows a transaction has at most. Default: 5000; it is smaller where a batch takes longer than 0.25 s.", 1, 20_000);
    private readonly Option<TimeSpan?> _lag = Durations.Option("--max-lag", "Waits while replicas replay later than this (PostgreSQL), or the write lock is waited for longer (SQLite).");

    private readonly Option<bool> _enqueue = new("--enqueue")
    {
        Description = "Only asks for it; needs no KEK. A worker that has the database does it once an operator has approved the job.",
    };

    public void AddTo(Command command)
    {
        Option[] all = [_connection, _read, _rate, _batch, _lag, _enqueue];
        Array.ForEach(all, command.Options.Add);
    }

    /// <summary>The application's database.</summary>
    public DbDataSource Open(Call call) => KeyStores.OpenData(call.SettingsOf(call.Value(_connection)!), isReadOnly: call.IsDryRun);

    /// <summary>Asks for a job, without a KEK; null where the walk is to be run.</summary>
    /// <param name="call">The call.</param>
    /// <param name="what">What is asked for, for a plan.</param>
    /// <param name="enqueue">Asks, given the name of the database.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<Answer?> EnqueueAsync(Call call, string what, Func<IKeyManager, string, Task<JobInfo>> enqueue, CancellationToken cancellationToken)
    {
        if (!call.Value(_enqueue))
        {
            return null;
        }

        if (call.IsDryRun)
        {
            return Plan.Answer($"{what} would be asked for.");
        }

        var data = KeyStores.OpenData(call.SettingsOf(call.Value(_connection)!), isReadOnly: true);
        await using (data.ConfigureAwait(false))
        {
            var connection = await data.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var instance = call.OpenWithoutKek(NoKek);
                return JobText.Answer(
                    await enqueue(instance.Keys, instance.NameOfDatabase(TenantId.Default, connection)).ConfigureAwait(false),
                    "An operator approves it with columncrypt jobs approve, a worker that has the database executes it.");
            }
        }
    }

    /// <summary>Where pages are read; null for the database that is written.</summary>
    public DbDataSource? OpenToRead(Call call) => call.Value(_read) is { } read ? KeyStores.OpenData(call.SettingsOf(read), isReadOnly: true) : null;

    /// <summary>The options, with what the command line says of the walk.</summary>
    public T Apply<T>(Call call, T options, DbDataSource? read)
        where T : StepOptions => options with
    {
        DryRun = call.IsDryRun, MaxPerSecond = call.Value(_rate), MaxBatchSize = call.Value(_batch) ?? options.MaxBatchSize, MaxLag = call.Value(_lag), ReadFrom = read,
    };
}
