using System.Data;
using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Jobs;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Stepping;

/// <summary>
/// One run of a job that walks rows: its lease, what it has done so far, its connections, and when the next batch may begin. Not thread-safe, but for
/// its lease and its connections, each by one at a time.
/// </summary>
internal sealed class StepRun(JobRecord leased, Installation installation, OperatorStore store, JobDesk desk, StepOptions options, DbDataSource data, RingServices services, IProgress<JobProgress>? progress) : IAsyncDisposable
{
    /// <summary>How many batches may be written at once.</summary>
    public const int Writers = 2;

    private const int MaxFailures = 1_000;
    private static readonly TimeSpan s_renewal = JobDesk.LeaseTime / 3;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    // Who dies walks the rows of so long once more, and finds them done.
    private static readonly TimeSpan s_saving = TimeSpan.FromMilliseconds(100);

    private readonly long _start = services.Time.GetTimestamp();
    private readonly List<RowFailure> _failures = [];
    private readonly SemaphoreSlim _saving = new(1, 1);
    private readonly DbConnection?[] _writers = new DbConnection?[Writers];
    private DbConnection? _reader;
    private DbConnection? _near;
    private long _processed;
    private long _renewedAt = services.Time.GetTimestamp();
    private long _lagAskedAt = long.MinValue;
    private TimeSpan _due;

    /// <summary>The job's row as it is written next.</summary>
    public JobRecord Job { get; private set; } = leased;

    public StepOptions Options => options;

    public Installation Installation => installation;

    /// <summary>True where somebody else has the job now.</summary>
    public bool IsLeaseLost { get; private set; }

    /// <summary>How it ends where it does not come to its end.</summary>
    public JobStop Stop { get; private set; } = JobStop.Cancelled;

    /// <summary>About how many rows there are; null where it is not known.</summary>
    public long? Total { get; set; }

    /// <summary>How many rows this run has changed.</summary>
    public long Changed { get; private set; }

    /// <summary>How many rows were changed by others between the reading and the writing, and were read again.</summary>
    public long Conflicts { get; set; }

    public long Processed => _processed;

    public IReadOnlyList<RowFailure> Failures => _failures;

    public TimeSpan Elapsed => services.Time.GetElapsedTime(_start);

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"{Job.Processed} processed, {Job.Succeeded} succeeded, {Job.Failed} failed");

    /// <summary>The connection that is written on, open.</summary>
    public Task<DbConnection> WriterAsync(CancellationToken cancellationToken) => WriterAsync(0, cancellationToken);

    /// <summary>One of the connections that are written on, open.</summary>
    public async Task<DbConnection> WriterAsync(int which, CancellationToken cancellationToken) => _writers[which] = await OpenAsync(_writers[which], data, cancellationToken).ConfigureAwait(false);

    /// <summary>The connection that pages are read on, open.</summary>
    /// <param name="isNear">Whether it is to the database that is written.</param>
    /// <param name="isApart">Whether it is used while batches are written.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<DbConnection> ReaderAsync(bool isNear, bool isApart, CancellationToken cancellationToken) =>
        !isNear && options.ReadFrom is { } source ? _reader = await OpenAsync(_reader, source, cancellationToken).ConfigureAwait(false)
        : isApart ? _near = await OpenAsync(_near, data, cancellationToken).ConfigureAwait(false)
        : await WriterAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>True where nothing slows the walk down, so that a page is written right after it was read.</summary>
    public bool IsUnpaced => options is { MaxPerSecond: null, MaxLag: null };

    /// <summary>Notes a row that is left as it is.</summary>
    public void Fail(StepTable table, StepRow row, string why)
    {
        var failure = new RowFailure(table.Text, RowKey.Write(row.Key), why);
        services.Logger.RowSkipped(failure.Table, failure.Row, why);
        if (_failures.Count < MaxFailures)
        {
            _failures.Add(failure);
        }
    }

    /// <summary>Notes a batch that is committed, and writes the job's row where that was not written just now.</summary>
    /// <exception cref="KeyStateException">Somebody else has the job.</exception>
    public async Task AdvanceAsync(StepCursor cursor, int processed, long changed, int failed)
    {
        _processed += processed;
        Changed += changed;

        // What waits between batches says each time how far it is.
        await SaveAsync(
            job => job with
            {
                Cursor = cursor.Write(),
                Processed = job.Processed + processed,
                Succeeded = job.Succeeded + processed - failed,
                Failed = job.Failed + failed,
            },
            IsUnpaced ? s_saving : TimeSpan.Zero).ConfigureAwait(false);

        double seconds = Elapsed.TotalSeconds;
        double rate = seconds > 0 ? _processed / seconds : 0;
        var left = Total is { } all && rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, all - Job.Processed) / rate) : (TimeSpan?)null;
        progress?.Report(new JobProgress(Job.Kind, Job.Processed, Job.Succeeded, Job.Failed, Total, rate, left));
    }

    /// <summary>Waits for a while in which the lease is kept.</summary>
    public async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        for (var left = time; left > TimeSpan.Zero; left -= s_renewal)
        {
            await RenewAsync().ConfigureAwait(false);
            await Task.Delay(left < s_renewal ? left : s_renewal, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the rate allows the batch after one of so many rows, which took so long. Time in which nothing was written is not made up for.</summary>
    public Task PaceAsync(int rows, TimeSpan took, CancellationToken cancellationToken)
    {
        if (options.MaxPerSecond is not { } most)
        {
            return Task.CompletedTask;
        }

        var (now, begun) = (Elapsed, Elapsed - took);
        _due = (_due > begun ? _due : begun) + TimeSpan.FromSeconds(rows / most);
        return DelayAsync(_due - now, cancellationToken);
    }

    /// <summary>Waits until the database lags no further behind than it may. Asks once a second at most.</summary>
    public async Task WaitForLagAsync(RowDialect dialect, StepTable table, CancellationToken cancellationToken)
    {
        if (options.MaxLag is not { } most || (_lagAskedAt != long.MinValue && services.Time.GetElapsedTime(_lagAskedAt) < s_pause))
        {
            return;
        }

        for (bool told = false; ; told = true)
        {
            var lag = options.Lag is { } ask
                ? await ask(cancellationToken).ConfigureAwait(false)
                : await dialect.LagAsync(await WriterAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            _lagAskedAt = services.Time.GetTimestamp();
            if (lag <= most)
            {
                return;
            }

            if (!told)
            {
                services.Logger.WalkPaused(table.Text, string.Create(CultureInfo.InvariantCulture, $"the database lags {lag.TotalSeconds:0.###} s behind, and may {most.TotalSeconds:0.###} s."));
            }

            await DelayAsync(s_pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes another target into the job's row: what the run is about to do by itself is there before it is done.</summary>
    /// <exception cref="KeyStateException">Somebody else has the job.</exception>
    public Task RetargetAsync(string target) => SaveAsync(job => job with { Target = target }, TimeSpan.Zero);

    /// <summary>Says that the job is to be withdrawn.</summary>
    /// <returns>The error that ends the run.</returns>
    public KeyStateException Withdraw(string why)
    {
        Stop = JobStop.Withdrawn;
        return new KeyStateException(why);
    }

    /// <summary>Gives the lease back.</summary>
    /// <param name="stop">How the run ended.</param>
    /// <param name="reason">Why it did not come to its end; null where it did, and where that is not to be said.</param>
    public async Task EndAsync(JobStop stop, string? reason = null)
    {
        if (!IsLeaseLost)
        {
            Job = await desk.EndAsync(Job, stop, reason is null ? Summary : $"{Summary}; {reason}").ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in new[] { _reader, _near }.Concat(_writers).OfType<DbConnection>())
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _saving.Dispose();
    }

    /// <summary>Keeps the lease. To be called before anything is written: who slept for too long writes nothing more.</summary>
    /// <exception cref="KeyStateException">Somebody else has the job.</exception>
    public Task RenewAsync() => services.Time.GetElapsedTime(Volatile.Read(ref _renewedAt)) < s_renewal ? Task.CompletedTask : SaveAsync(static job => job, s_renewal);

    // Changes the job, and writes its row where that was written so long ago.
    private async Task SaveAsync(Func<JobRecord, JobRecord> change, TimeSpan age)
    {
        await _saving.WaitAsync().ConfigureAwait(false);
        try
        {
            Job = change(Job);
            if (services.Time.GetElapsedTime(_renewedAt) < age)
            {
                return;
            }

            var next = desk.Renewed(installation, Job);
            if (!await store.Store.Jobs.TryUpdateAsync(next, null, CancellationToken.None).ConfigureAwait(false))
            {
                IsLeaseLost = true;
                throw JobDesk.LeaseLost(Job);
            }

            Job = next;
            Volatile.Write(ref _renewedAt, services.Time.GetTimestamp());
        }
        finally
        {
            _saving.Release();
        }
    }

    private static async Task<DbConnection> OpenAsync(DbConnection? connection, DbDataSource source, CancellationToken cancellationToken)
    {
        if (connection is { State: ConnectionState.Open })
        {
            return connection;
        }

        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }
}
