using System.Data.Common;

namespace ColumnCrypt.Stepping;

/// <summary>How a walk over the rows of a table goes about it. Immutable.</summary>
public record StepOptions
{
    /// <summary>The most rows that a batch may have.</summary>
    internal const int MaxRows = 20_000;

    /// <summary>True to count and estimate, and change nothing. Default: false.</summary>
    public bool DryRun { get; init; }

    /// <summary>How many rows a second at most; null, the default, for no limit. 0.05 or more.</summary>
    public double? MaxPerSecond { get; init; }

    /// <summary>How many rows a batch has at most, each batch one transaction. 1 to 20,000; default 5,000.</summary>
    public int MaxBatchSize { get; init; } = 5_000;

    /// <summary>How long a batch may hold its locks, about: batches grow and shrink to it. 10 ms to 1 s; default 250 ms.</summary>
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The walk waits while the database lags further behind than this; null, the default, for never. On PostgreSQL the largest
    /// <c>replay_lag</c> of <c>pg_stat_replication</c>, for which the role needs <c>pg_monitor</c>; on SQLite how long the last batch waited for the write lock.
    /// </summary>
    public TimeSpan? MaxLag { get; init; }

    /// <summary>What is asked in the place of the database's own lag, for example a load balancer's measure of load; null, the default, for that.</summary>
    public Func<CancellationToken, ValueTask<TimeSpan>>? Lag { get; init; }

    /// <summary>
    /// Where pages are read, for example a replica; null, the default, for the database that is written. A row that is older there than it is in the
    /// database is not written, and read again where it is written.
    /// </summary>
    public DbDataSource? ReadFrom { get; init; }

    /// <summary>What another says, as fast as this one.</summary>
    internal T Pace<T>(T what)
        where T : StepOptions => what with { MaxPerSecond = MaxPerSecond, MaxBatchSize = MaxBatchSize, BatchTime = BatchTime, MaxLag = MaxLag, Lag = Lag, ReadFrom = ReadFrom };

    internal void Check()
    {
        if (Mistakes().FirstOrDefault() is ({ } name, { } bounds, var value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {bounds}.");
        }
    }

    /// <summary>What is out of its bounds.</summary>
    internal IEnumerable<(string Name, string Bounds, object? Value)> Mistakes()
    {
        if (MaxBatchSize is < 1 or > MaxRows)
        {
            yield return (nameof(MaxBatchSize), "1 to 20,000", MaxBatchSize);
        }

        if (BatchTime < TimeSpan.FromMilliseconds(10) || BatchTime > TimeSpan.FromSeconds(1))
        {
            yield return (nameof(BatchTime), "10 ms to 1 s", BatchTime);
        }

        if (MaxPerSecond is { } rate && !(rate >= 0.05))
        {
            yield return (nameof(MaxPerSecond), "0.05 or more", rate);
        }

        if (MaxLag < TimeSpan.Zero)
        {
            yield return (nameof(MaxLag), "0 or more", MaxLag);
        }
    }
}
