using System.Data.Common;
using System.Diagnostics;
using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>
/// Walks every indexed column of a context's tables by their primary keys, and fills or counts the index columns that lack their value, and the tables of tokens. A page is
/// read and computed outside a transaction, then written in one, each row only if its ciphertext is still what was read: whoever wrote
/// meanwhile has the last word. Needs no cursor: what is filled stays filled. Not thread-safe.
/// </summary>
internal sealed class IndexWalk(DbContext context, BlindIndexFillOptions options)
{
    private readonly IndexSession _session = new(context);
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _processed;

    /// <summary>Counts, over all columns.</summary>
    public IndexTally Tally { get; } = new();

    /// <summary>Fills.</summary>
    public async Task FillAsync(IProgress<BlindIndexProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (var column in IndexedColumn.Of(context))
        {
            await WalkAsync(column, Tally, rows => FillAsync(column, rows, cancellationToken), progress, cancellationToken).ConfigureAwait(false);
        }

        foreach (var column in TokenColumn.Of(context))
        {
            var tokens = new TokenWalk(_session, column, options.Recheck);
            await WalkAsync(column, Tally, rows => FillAsync(tokens, rows, cancellationToken), progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts what is missing, index by index, and changes nothing.</summary>
    public async Task<IReadOnlyList<BlindIndexState>> VerifyAsync(CancellationToken cancellationToken)
    {
        List<BlindIndexState> states = [];
        foreach (var column in IndexedColumn.Of(context))
        {
            var tally = new IndexTally();
            var missing = new long[column.Indexes.Count];
            var wrong = new long[column.Indexes.Count];
            await WalkAsync(
                column,
                tally,
                rows =>
                {
                    foreach (var (row, index) in rows.SelectMany(row => column.Indexes.Select((_, i) => (row, i))).Where(static at => at.row.Differs(at.i)))
                    {
                        (row.Stored[index] is null ? missing : wrong)[index]++;
                    }

                    return Task.CompletedTask;
                },
                null,
                cancellationToken).ConfigureAwait(false);
            states.AddRange(column.Indexes.Select((index, i) => new BlindIndexState(column.Schema, column.Table, index.Column, missing[i], wrong[i], tally.Failed)));
        }

        foreach (var column in TokenColumn.Of(context))
        {
            states.Add(await VerifyAsync(column, cancellationToken).ConfigureAwait(false));
        }

        return states;
    }

    private async Task<BlindIndexState> VerifyAsync(TokenColumn column, CancellationToken cancellationToken)
    {
        var tally = new IndexTally();
        var tokens = new TokenWalk(_session, column, options.Recheck);
        long missing = 0;
        long wrong = 0;
        await WalkAsync(
            column,
            tally,
            async rows =>
            {
                var found = await tokens.WrongAsync(rows, cancellationToken).ConfigureAwait(false);
                missing += found.Count(static row => !row.HasSome);
                wrong += found.Count(static row => row.HasSome);
            },
            null,
            cancellationToken).ConfigureAwait(false);
        return new BlindIndexState(column.Schema, column.Table, column.Tokens, missing, wrong, tally.Failed);
    }

    private async Task WalkAsync(WalkedColumn column, IndexTally tally, Func<List<IndexedRow>, Task> visit, IProgress<BlindIndexProgress>? progress, CancellationToken cancellationToken)
    {
        using var values = new IndexValues(context);
        object[] last = [];
        int read;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await _session.ReadAsync(column.Page(last.Length == 0, options.Recheck, options.BatchSize), last, cancellationToken).ConfigureAwait(false);
            read = page.Count;
            if (read > 0)
            {
                last = page[^1][..column.KeyColumns.Count];
                await visit(await values.ComputeAsync(column, RowsOf(column, page, tally), tally, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
                tally.Processed += read;
                progress?.Report(new BlindIndexProgress(column.Table, column.Column, tally.Processed, tally.Filled, tally.Failed));
                _processed += read;
                await PaceAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        while (read == options.BatchSize);
    }

    private List<IndexedRow> RowsOf(WalkedColumn column, List<object[]> page, IndexTally tally)
    {
        int keys = column.KeyColumns.Count;
        List<IndexedRow> rows = [];
        foreach (object[] row in page)
        {
            int indexes = keys + column.Properties.Count;
            byte[]?[] stored = [.. row[indexes..].Select(static value => value as byte[])];
            // Of a row that an adoption has not come to there is nothing to index yet.
            if (row[keys..indexes].Any(static value => value is byte[] { Length: 0 } || (value is string text && !text.StartsWith(TextForm.Prefix, StringComparison.Ordinal))))
            {
                continue;
            }

            if (row[keys..indexes].Any(static value => value is DBNull))
            {
                // What is kept beside the row may have outlived the value.
                if (options.Recheck)
                {
                    rows.Add(IndexedRow.OfNull(row[..keys], stored));
                }

                continue;
            }

            try
            {
                object[] values = row[keys..indexes];
                rows.Add(new IndexedRow(row[..keys], values, ValueFrame.ReadKeyId(BytesOf(values[0]), column.Column), stored));
            }
            catch (CiphertextInvalidException error)
            {
                tally.Fail(column, row[..keys], error.Message);
            }
        }

        return rows;
    }

    private static byte[] BytesOf(object value) => value is string text ? TextForm.Decode(text) : value as byte[] ?? [];

    private async Task FillAsync(TokenWalk tokens, List<IndexedRow> rows, CancellationToken cancellationToken)
    {
        var wrong = (await tokens.WrongAsync(rows, cancellationToken).ConfigureAwait(false)).ConvertAll(static row => row.Row);
        if (wrong.Count == 0)
        {
            return;
        }

        try
        {
            Count(wrong.Count, await tokens.FillAsync(wrong, cancellationToken).ConfigureAwait(false));
        }
        catch (DbException)
        {
            // A deadlock with others that write: one by one there is none.
            foreach (var row in wrong)
            {
                Count(1, await tokens.FillAsync([row], cancellationToken).ConfigureAwait(false));
            }
        }
    }

    private async Task FillAsync(IndexedColumn column, List<IndexedRow> rows, CancellationToken cancellationToken)
    {
        // What a row without a value leaves free may be another's.
        foreach (var due in rows.Where(row => Enumerable.Range(0, column.Indexes.Count).Any(row.Differs)).GroupBy(static row => row.IsNull).OrderByDescending(static some => some.Key))
        {
            try
            {
                Count(due.Count(), await _session.ChangeAsync(column.Update(due.Key), [.. due.Select(ValuesOf)], cancellationToken).ConfigureAwait(false));
            }
            catch (DbException)
            {
                // One row that the database refuses takes its whole batch with it, as a deadlock does: one by one, only that row is left.
                foreach (var row in due)
                {
                    await FillAsync(column, row, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task FillAsync(IndexedColumn column, IndexedRow row, CancellationToken cancellationToken)
    {
        try
        {
            Count(1, await _session.ChangeAsync(column.Update(row.IsNull), [ValuesOf(row)], cancellationToken).ConfigureAwait(false));
        }
        catch (DbException)
        {
            if (await WhyRefusedAsync(column, row, cancellationToken).ConfigureAwait(false) is not { } reason)
            {
                throw;
            }

            Tally.Fail(column, row.Key, reason);
        }
    }

    private async Task<string?> WhyRefusedAsync(IndexedColumn column, IndexedRow row, CancellationToken cancellationToken)
    {
        for (int i = 0; i < column.Indexes.Count; i++)
        {
            if (row.Right[i] is { } right && column.Indexes[i].Index.IsUnique
                && await _session.ReadAsync(column.Others(i), [.. row.Key, right], cancellationToken).ConfigureAwait(false) is [var other])
            {
                return $"{column.Indexes[i].Column} is unique, and the row {column.KeyText(other)} holds an equal value. Change or delete one of the two, then fill again.";
            }
        }

        return null;
    }

    private void Count(long asked, long changed)
    {
        Tally.Filled += changed;
        Tally.Changed += asked - changed;
    }

    private static List<object?> ValuesOf(IndexedRow row) => [.. row.Key, .. row.Values, .. row.Right];

    private async Task PaceAsync(CancellationToken cancellationToken)
    {
        if (options.MaxPerSecond is { } most)
        {
            var ahead = TimeSpan.FromSeconds(_processed / most) - Stopwatch.GetElapsedTime(_start);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
