using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Keys;

namespace ColumnCrypt.Stepping;

/// <summary>
/// Walks a table by its primary key: reads a page, lets the work say what becomes of its rows, and writes them in one transaction, each only while it
/// holds what was read; whoever wrote meanwhile has the last word, and the page is read again. The job's cursor is written after each batch. Where the
/// database can, the next page is read and decided meanwhile, unless a walk is to be slow. Stateless but for what it was made with, thread-safe.
/// </summary>
internal sealed class RowStepper(RingServices services)
{
    private const int FirstBatch = 100;

    /// <summary>How often a page, smaller each time, is read again because others write the same rows: more often than the largest one can be halved.</summary>
    private const int MaxRounds = 20;

    /// <summary>How often a batch, a page or a key is tried again that failed for a reason which passes.</summary>
    private const int MaxAttempts = 6;

    // Of rows that are held one is waited for, and the others of its page are only tried: whoever holds one holds many.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_try = TimeSpan.FromMilliseconds(100);

    /// <summary>Walks a pass to its end, on from where the job's cursor stands in it.</summary>
    /// <returns>Where it ended, with its counts.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; the batch under way is done.</exception>
    /// <exception cref="KeyStateException">Somebody else has the job; or the database does not let a page of one row be read, or is held by another.</exception>
    public async Task<StepCursor> WalkAsync(StepRun run, StepPass pass, RowDialect dialect, CancellationToken cancellationToken)
    {
        var cursor = StepCursor.Read(run.Job.Cursor) is { } stands && stands.Pass == pass.Name ? stands : StepCursor.Begin(pass.Name);
        int most = run.Options.MaxPerSecond is { } rate ? (int)Math.Clamp(rate * 10, 1, run.Options.MaxBatchSize) : run.Options.MaxBatchSize;
        int size = Math.Min(FirstBatch, most);
        long changed = 0;
        Task<(List<StepRow> Page, RowOutcome[] Outcomes, int? Cut)>? ahead = null;
        try
        {
            for (int round = 0; ;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await run.WaitForLagAsync(dialect, pass.Table, cancellationToken).ConfigureAwait(false);

                // What was read elsewhere may be old: where it was, it is read where it is written.
                var (page, outcomes, cut) = await (ahead ?? LoadAsync(run, pass, dialect, cursor.After, size, isNear: round > 0 || pass.ReadsPrimary, cancellationToken)).ConfigureAwait(false);
                ahead = null;
                most = cut ?? most;
                size = Math.Min(size, most);
                if (page.Count == 0)
                {
                    return cursor;
                }

                if (dialect.ReadsAhead && run.IsUnpaced)
                {
                    ahead = LoadAsync(run, pass, dialect, page[^1].Key, size, pass.ReadsPrimary, cancellationToken);
                }

                await run.RenewAsync().ConfigureAwait(false);
                long start = services.Time.GetTimestamp();
                long written = await WriteAsync(run, pass.Table, dialect, page, outcomes, singly: round >= MaxRounds).ConfigureAwait(false);
                var took = services.Time.GetElapsedTime(start);
                changed += written;
                long lost = outcomes.LongCount(static outcome => outcome.Change is not null) - written;
                run.Conflicts += lost;
                if (lost > 0)
                {
                    // The rows that are read again reach into the page behind. Fewer of them, for the more rows the likelier that somebody writes one meanwhile:
                    // in the end the one that others write again and again is alone.
                    round++;
                    size = Math.Max(1, page.Count / 2);
                    await EndAsync(ahead).ConfigureAwait(false);
                    ahead = null;
                    continue;
                }

                round = 0;
                int failed = 0;
                for (int i = 0; i < page.Count; i++)
                {
                    if (outcomes[i].Failure is { } why)
                    {
                        run.Fail(pass.Table, page[i], why);
                        failed++;
                    }
                }

                cursor = cursor with { After = page[^1].Key, Changed = cursor.Changed + changed, Failed = cursor.Failed + failed };
                await run.AdvanceAsync(cursor, page.Count, changed, failed).ConfigureAwait(false);
                changed = 0;
                size = took > run.Options.BatchTime ? Math.Max(1, size / 2)
                    : took < run.Options.BatchTime / 8 ? Math.Min(most, size * 4)
                    : took < run.Options.BatchTime / 2 ? Math.Min(most, size * 2)
                    : size;
                await run.PaceAsync(page.Count, took, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await EndAsync(ahead).ConfigureAwait(false);
        }
    }

    // A page that nobody needs any more, whatever became of it: its rows are read again.
    private static async Task EndAsync(Task? ahead)
    {
        if (ahead is not null)
        {
            await ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A page that takes longer than the database lets a statement run is read again with a quarter of its rows.
    private async Task<(List<StepRow> Page, RowOutcome[] Outcomes, int? Cut)> LoadAsync(
        StepRun run, StepPass pass, RowDialect dialect, object[]? after, int size, bool isNear, CancellationToken cancellationToken)
    {
        for (int limit = size; ; limit = Math.Max(1, limit / 4))
        {
            try
            {
                int rows = limit;
                var page = await PatientlyAsync(
                    dialect,
                    async () => await dialect.ReadAsync(
                        await run.ReaderAsync(isNear, dialect.ReadsAhead, cancellationToken).ConfigureAwait(false), pass.Table, after, rows, cancellationToken).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
                return (page, page.Count == 0 ? [] : await PatientlyAsync(dialect, () => pass.Work.DecideAsync(page, cancellationToken), cancellationToken).ConfigureAwait(false), limit < size ? limit : null);
            }
            catch (DbException error) when (dialect.IsTimeout(error) && !cancellationToken.IsCancellationRequested)
            {
                if (limit == 1)
                {
                    throw new KeyStateException(
                        $"The database ended the reading of a single row of {pass.Table.Text} (57014, statement_timeout): where few rows are left to work on, one is sought through the whole table. Raise the timeout for this role, ALTER ROLE … SET statement_timeout = 0, and run this again: it goes on where it is.",
                        error);
                }
            }
        }
    }

    // A batch that the database refuses for one of its rows is written row by row, so that only that row is left. What it refuses becomes a failure.
    private async Task<long> WriteAsync(StepRun run, StepTable table, RowDialect dialect, List<StepRow> page, RowOutcome[] outcomes, bool singly)
    {
        var changes = Enumerable.Range(0, page.Count).Where(i => outcomes[i].Change is not null).ToList();
        if (changes.Count == 0)
        {
            return 0;
        }

        if (!singly)
        {
            try
            {
                return await WriteAsync(run, table, dialect, [.. changes.Select(i => (page[i], outcomes[i].Change!))], s_patience, isAlone: false).ConfigureAwait(false);
            }
            catch (DbException)
            {
                // One of them, or a row that somebody holds: whichever it is, it says so by itself below.
            }
        }

        long written = 0;
        var patience = s_patience;
        foreach (int i in changes)
        {
            try
            {
                int one = await WriteAsync(run, table, dialect, [(page[i], outcomes[i].Change!)], patience, isAlone: true).ConfigureAwait(false);
                written += one;
                if (one == 0 && singly)
                {
                    outcomes[i] = RowOutcome.Fail("It was changed by others again and again. Run it again.");
                }
            }
            catch (DbException error) when (dialect.IsHeld(error))
            {
                outcomes[i] = RowOutcome.Fail($"It is locked by another transaction ({error.SqlState}). Run it again once that has ended.");
                patience = s_try;
            }
            catch (DbException error) when (!dialect.IsPassing(error))
            {
                // The database's own message may hold data.
                outcomes[i] = RowOutcome.Fail($"The database refuses it ({error.SqlState ?? error.GetType().Name}{(error.SqlState == "23505" ? ", a unique index: another row holds an equal value" : "")}).");
            }
        }

        return written;
    }

    // What holds a batch up is sought row by row, and a row that is held was waited for in its batch before.
    private Task<int> WriteAsync(StepRun run, StepTable table, RowDialect dialect, IReadOnlyList<(StepRow Row, object?[] Values)> changes, TimeSpan patience, bool isAlone) => PatientlyAsync(
        dialect,
        async () =>
        {
            await run.RenewAsync().ConfigureAwait(false);
            return await dialect.WriteAsync(await run.WriterAsync(CancellationToken.None).ConfigureAwait(false), table, changes, patience, CancellationToken.None).ConfigureAwait(false);
        },
        CancellationToken.None,
        error => isAlone && dialect.IsHeld(error));

    private async Task<T> PatientlyAsync<T>(RowDialect dialect, Func<Task<T>> work, CancellationToken cancellationToken, Func<DbException, bool>? isFinal = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (DbException error) when (isFinal?.Invoke(error) == true)
            {
                throw;
            }
            catch (Exception error) when (attempt < MaxAttempts && (error is DbException fault ? dialect.IsPassing(fault) : error is KeyUnavailableException { IsTransient: true }))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * Math.Pow(2, attempt)), services.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException error) when (dialect.IsBusy(error))
            {
                throw new KeyStateException("The database is locked by a transaction of another, and was whenever it was asked. End that, and run this again: it goes on where it is.", isTransient: true, error);
            }
        }
    }
}
