using System.Data.Common;

namespace ColumnCrypt.Stepping;

/// <summary>Writes pages, each row only while it holds what was read. Thread-safe, each page on a connection of its own.</summary>
internal sealed class PageWriter(StepRun run, StepTable table, RowDialect dialect, Patience patience, TimeProvider time)
{
    // Of rows that are held one is waited for, and the others of its page are only tried: whoever holds one holds many.
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_try = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Writes a page in one transaction. One that the database refuses for one of its rows is written row by row, so that only that row is left; what it
    /// refuses becomes a failure.
    /// </summary>
    /// <param name="page">The page.</param>
    /// <param name="writer">Which of the run's connections is used, by nothing else meanwhile.</param>
    /// <param name="isLast">Whether it is not to be read again: written row by row, and what others changed meanwhile becomes a failure.</param>
    /// <returns>How many rows were written, and how long it took.</returns>
    public async Task<(long Written, TimeSpan Took)> WriteAsync(StepPage page, int writer, bool isLast)
    {
        long start = time.GetTimestamp();
        List<int> changes = [.. page.Changes];
        if (changes.Count == 0)
        {
            return default;
        }

        if (!isLast)
        {
            try
            {
                return (await WriteAsync([.. changes.Select(i => (page.Rows[i], page.Outcomes[i].Change!))], writer, s_wait, isAlone: false).ConfigureAwait(false), time.GetElapsedTime(start));
            }
            catch (DbException)
            {
                // One of them, or a row that somebody holds: whichever it is, it says so by itself below.
            }
        }

        long written = 0;
        var wait = s_wait;
        foreach (int i in changes)
        {
            try
            {
                int one = await WriteAsync([(page.Rows[i], page.Outcomes[i].Change!)], writer, wait, isAlone: true).ConfigureAwait(false);
                written += one;
                if (one == 0 && isLast)
                {
                    page.Outcomes[i] = RowOutcome.Fail("It was changed by others again and again. Run it again.");
                }
            }
            catch (DbException error) when (dialect.IsHeld(error))
            {
                page.Outcomes[i] = RowOutcome.Fail($"It is locked by another transaction ({error.SqlState}). Run it again once that has ended.");
                wait = s_try;
            }
            catch (DbException error) when (!dialect.IsPassing(error))
            {
                // The database's own message may hold data.
                page.Outcomes[i] = RowOutcome.Fail($"The database refuses it ({error.SqlState ?? error.GetType().Name}{(error.SqlState == "23505" ? ", a unique index: another row holds an equal value" : "")}).");
            }
        }

        return (written, time.GetElapsedTime(start));
    }

    // What holds a batch up is sought row by row, and a row that is held was waited for in its batch before.
    private Task<int> WriteAsync(IReadOnlyList<(StepRow Row, object?[] Values)> changes, int writer, TimeSpan wait, bool isAlone) => patience.TryAsync(
        dialect,
        async () =>
        {
            await run.RenewAsync().ConfigureAwait(false);
            return await dialect.WriteAsync(await run.WriterAsync(writer, CancellationToken.None).ConfigureAwait(false), table, changes, wait, CancellationToken.None).ConfigureAwait(false);
        },
        error => isAlone && dialect.IsHeld(error),
        CancellationToken.None);
}
