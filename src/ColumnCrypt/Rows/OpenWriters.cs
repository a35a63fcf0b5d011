using System.Data.Common;
using System.Globalization;

namespace ColumnCrypt.Rows;

/// <summary>
/// Waits for those who have written and not committed yet: what a count does not see is not there afterwards. SQLite has one writer, whose turn is waited for; on PostgreSQL the
/// transactions of every database of the server count. Nothing is changed, and no transaction stays open. Not thread-safe.
/// </summary>
internal sealed class OpenWriters(DataDatabase database, TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns once every transaction has ended that has written until now.</summary>
    /// <exception cref="KeyStateException">One is open for longer than 30 s; or this is a standby, or a connection that cannot write, by which nobody is waited for.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (database.IsSqlite)
        {
            await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        if (await database.ReadAsync("SELECT pg_is_in_recovery()", [], cancellationToken).ConfigureAwait(false) is [[true]])
        {
            throw new KeyStateException("This database is a standby: what was committed may not be here yet, so that nothing can be said to be gone. Connect to the primary.");
        }

        long begunAt = time.GetTimestamp();

        // A number of its own, later than that of every transaction that has written until now; and the earliest that is open.
        long own = await NumberAsync("pg_current_xact_id()", cancellationToken).ConfigureAwait(false);
        while (await NumberAsync("pg_snapshot_xmin(pg_current_snapshot())", cancellationToken).ConfigureAwait(false) < own)
        {
            await PauseAsync(begunAt, "End it (pg_stat_activity has backend_xid, pg_prepared_xacts those that are prepared)", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        long begunAt = time.GetTimestamp();
        while (!await TryTurnAsync(cancellationToken).ConfigureAwait(false))
        {
            await PauseAsync(begunAt, "End it, or the process that holds it", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>False while another has the turn.</returns>
    private async Task<bool> TryTurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The client waits for the turn in the statement, where nothing cancels it.
            await database.ChangeAsync("BEGIN IMMEDIATE", [], cancellationToken, seconds: 1).ConfigureAwait(false);
        }
        catch (DbException error) when (DataDatabase.IsSqliteBusy(error))
        {
            return false;
        }

        try
        {
            // Where nothing can be written, BEGIN IMMEDIATE waits for nobody, and says nothing. This says so, and is rolled back.
            object version = (await database.ReadAsync("PRAGMA user_version", [], CancellationToken.None).ConfigureAwait(false))[0][0];
            await database.ChangeAsync(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version}"), [], CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (DbException error) when (error.Message.Contains("readonly database", StringComparison.Ordinal))
        {
            throw new KeyStateException(
                "This connection to the database cannot write, and so cannot wait for a transaction that is open: nothing can be said to be gone. Connect without Mode=ReadOnly, as a user who may write the file. Nothing will be written.",
                error);
        }
        finally
        {
            await database.ChangeAsync("ROLLBACK", [], CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(long begunAt, string remedy, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(begunAt) > s_patience)
        {
            throw new KeyStateException($"A transaction is open that has written, and may hold values that nobody else sees yet: nothing can be said to be gone. {remedy}, and run this again.", isTransient: true);
        }

        await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<long> NumberAsync(string transaction, CancellationToken cancellationToken) =>
        (long)(await database.ReadAsync($"SELECT CAST(CAST({transaction} AS text) AS bigint)", [], cancellationToken).ConfigureAwait(false))[0][0];
}
