using System.Data.Common;
using ColumnCrypt.Keys;

namespace ColumnCrypt.Stepping;

/// <summary>Reads the pages of a pass, and has its work decide on their rows. Not thread-safe.</summary>
internal sealed class PageReader(StepRun run, StepPass pass, RowDialect dialect, Patience patience)
{
    /// <summary>The rows behind a key, and what becomes of them. A page that takes longer than the database lets a statement run is read again with a quarter of its rows.</summary>
    /// <param name="after">The key; null for the first page.</param>
    /// <param name="size">How many rows at most.</param>
    /// <param name="isNear">Whether it is read where it is written, whatever the options say.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page, and how many rows one can have where that is less than was asked for.</returns>
    /// <exception cref="KeyStateException">The database does not let a page of one row be read, or is held by another.</exception>
    public async Task<(StepPage Page, int? Cut)> ReadAsync(object[]? after, int size, bool isNear, CancellationToken cancellationToken)
    {
        for (int limit = size; ; limit = Math.Max(1, limit / 4))
        {
            try
            {
                int most = limit;
                var rows = await patience.TryAsync(
                    dialect,
                    async () => await dialect.ReadAsync(
                        await run.ReaderAsync(isNear || pass.ReadsPrimary, dialect.WritesBeside, cancellationToken).ConfigureAwait(false), pass.Table, after, most, cancellationToken).ConfigureAwait(false),
                    isFinal: null,
                    cancellationToken).ConfigureAwait(false);
                var outcomes = rows.Count == 0 ? [] : await patience.TryAsync(dialect, () => pass.Work.DecideAsync(rows, cancellationToken), isFinal: null, cancellationToken).ConfigureAwait(false);
                return (new StepPage(rows, outcomes), limit < size ? limit : null);
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
}
