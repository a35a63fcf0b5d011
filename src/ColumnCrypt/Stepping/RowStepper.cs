using System.Runtime.ExceptionServices;
using ColumnCrypt.Keys;

namespace ColumnCrypt.Stepping;

/// <summary>
/// Walks a table by its primary key: reads a page, lets the work say what becomes of its rows, and writes them in one transaction, each only while it
/// holds what was read; whoever wrote meanwhile has the last word, and the page is read again. The job's cursor goes on batch by batch, in the order of the keys.
/// Where the database can, the next page is read, and begun to be written, while one is written, unless a walk is to be slow. One for each pass; not thread-safe.
/// </summary>
internal sealed class RowStepper
{
    private const int FirstBatch = 100;

    /// <summary>How often a page, smaller each time, is read again because others write the same rows: more often than the largest one can be halved.</summary>
    private const int MaxRounds = 20;

    private readonly StepRun _run;
    private readonly StepTable _table;
    private readonly PageReader _reader;
    private readonly PageWriter _writer;
    private readonly RowDialect _dialect;
    private readonly Queue<(StepPage Page, Task<(long Written, TimeSpan Took)> Writing)> _underWay = new();
    private StepCursor _cursor;
    private object[]? _behind;
    private int _most;
    private int _size;
    private int _writers;
    private int _round;
    private int _near;
    private long _changed;

    public RowStepper(RingServices services, StepRun run, StepPass pass, RowDialect dialect)
    {
        var patience = new Patience(services.Time);
        _run = run;
        _table = pass.Table;
        _dialect = dialect;
        _reader = new PageReader(run, pass, dialect, patience);
        _writer = new PageWriter(run, pass.Table, dialect, patience, services.Time);
        _cursor = StepCursor.Read(run.Job.Cursor) is { } stands && stands.Pass == pass.Name ? stands : StepCursor.Begin(pass.Name);
        _behind = _cursor.After;
        _most = run.Options.MaxPerSecond is { } rate ? (int)Math.Clamp(rate * 10, 1, run.Options.MaxBatchSize) : run.Options.MaxBatchSize;
        _size = Math.Min(FirstBatch, _most);
    }

    /// <summary>Walks the pass to its end, on from where the job's cursor stands in it.</summary>
    /// <returns>Where it ended, with its counts.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; the batches under way are done.</exception>
    /// <exception cref="KeyStateException">Somebody else has the job; or the database does not let a page of one row be read, or is held by another.</exception>
    public async Task<StepCursor> WalkAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var (page, end) = await NextAsync(cancellationToken).ConfigureAwait(false);
                bool isSettled = await SettleAsync(Begin(page), cancellationToken).ConfigureAwait(false);
                end?.Throw();
                if (page.Rows.Count == 0 && isSettled)
                {
                    return _cursor;
                }
            }
        }
        finally
        {
            // Whatever becomes of them, their rows are read again.
            foreach (var (_, writing) in _underWay)
            {
                await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // The page behind the last one; none, and why, where it cannot be had and others are still being written, which are to be counted before that is thrown.
    private async Task<(StepPage Page, ExceptionDispatchInfo? End)> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _run.WaitForLagAsync(_dialect, _table, cancellationToken).ConfigureAwait(false);

            // What was read elsewhere may be old: where it was, it is read where it is written, and so is what was written behind it.
            var (page, cut) = await _reader.ReadAsync(_behind, _size, isNear: _near > 0, cancellationToken).ConfigureAwait(false);
            _most = cut ?? _most;
            _size = Math.Min(_size, _most);
            return (page, null);
        }
        catch (Exception error) when (_underWay.Count > 0)
        {
            return (StepPage.None, ExceptionDispatchInfo.Capture(error));
        }
    }

    // Begins to write a page, and says how many may be under way while the next one is read.
    private int Begin(StepPage page)
    {
        if (page.Rows.Count == 0)
        {
            return 0;
        }

        _behind = page.Rows[^1].Key;
        _underWay.Enqueue((page, _writer.WriteAsync(page, _writers++ % StepRun.Writers, isLast: _round >= MaxRounds)));
        return _dialect.WritesBeside && _run.IsUnpaced && _round == 0 ? StepRun.Writers - 1 : 0;
    }

    // Waits for pages until no more than so many are under way. False where rows of one were changed by others: it is read again, and those behind it.
    private async Task<bool> SettleAsync(int beside, CancellationToken cancellationToken)
    {
        while (_underWay.Count > beside)
        {
            var (page, took, lost) = await EndAsync().ConfigureAwait(false);
            if (lost > 0)
            {
                int again = page.Rows.Count;
                while (_underWay.Count > 0)
                {
                    again += (await EndAsync().ConfigureAwait(false)).Page.Rows.Count;
                }

                _near = Math.Max(_near, again);

                // Fewer rows, for the more rows the likelier that somebody writes one meanwhile: in the end the one that others write again and again is alone.
                _behind = _cursor.After;
                _size = Math.Max(1, page.Rows.Count / 2);
                _round++;
                return false;
            }

            _round = 0;
            _near = Math.Max(0, _near - page.Rows.Count);
            await AdvanceAsync(page).ConfigureAwait(false);
            _size = took > _run.Options.BatchTime ? Math.Max(1, _size / 2)
                : took < _run.Options.BatchTime / 8 ? Math.Min(_most, _size * 4)
                : took < _run.Options.BatchTime / 2 ? Math.Min(_most, _size * 2)
                : _size;
            await _run.PaceAsync(page.Rows.Count, took, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<(StepPage Page, TimeSpan Took, long Lost)> EndAsync()
    {
        var (page, writing) = _underWay.Peek();
        var (written, took) = await writing.ConfigureAwait(false);
        _underWay.Dequeue();
        long lost = page.Changes.LongCount() - written;
        _changed += written;
        _run.Conflicts += lost;
        return (page, took, lost);
    }

    private async Task AdvanceAsync(StepPage page)
    {
        int failed = 0;
        for (int i = 0; i < page.Rows.Count; i++)
        {
            if (page.Outcomes[i].Failure is { } why)
            {
                _run.Fail(_table, page.Rows[i], why);
                failed++;
            }
        }

        _cursor = _cursor with { After = page.Rows[^1].Key, Changed = _cursor.Changed + _changed, Failed = _cursor.Failed + failed };
        await _run.AdvanceAsync(_cursor, page.Rows.Count, _changed, failed).ConfigureAwait(false);
        _changed = 0;
    }
}
