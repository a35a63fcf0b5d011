using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Adopting;

/// <summary>
/// What else is under way about a column. Steps of one column are jobs of their own, and a clear beside a way back would lose plaintext: each takes its
/// lease first and then looks for the others, so that of two that begin at once at least one sees the other. Thread-safe.
/// </summary>
internal sealed class AdoptionJobs(OperatorStore store, JobDesk desk)
{
    /// <summary>Objects where another job about the column is worked on.</summary>
    /// <param name="column">The column.</param>
    /// <param name="own">The job that is to be alone; null before it is leased.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyStateException">One is.</exception>
    public async Task DemandNoneAsync(AdoptedColumn column, JobRecord? own, CancellationToken cancellationToken)
    {
        var others = await ListAsync(column, own, cancellationToken).ConfigureAwait(false);
        if (others.FirstOrDefault(job => !desk.IsFree(job)) is { } other)
        {
            throw new KeyStateException(
                $"The column {column.Name} is worked on by {other.LeaseOwner} until {other.LeaseUntil:u}, job {other.JobId}: one step at a time. Wait for it, or cancel it, and run this again.");
        }
    }

    /// <summary>Withdraws what was queued or left unfinished about the column: it would undo the way back.</summary>
    public async Task WithdrawAsync(AdoptedColumn column, JobRecord own, CancellationToken cancellationToken)
    {
        foreach (var other in await ListAsync(column, own, cancellationToken).ConfigureAwait(false))
        {
            await desk.CancelAsync(other.JobId, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<JobRecord>> ListAsync(AdoptedColumn column, JobRecord? own, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. (await desk.ListAsync(cancellationToken).ConfigureAwait(false)).Where(job =>
                job.Kind == AdoptTarget.Kind && job.State is JobState.Ready or JobState.Running or JobState.Stopped && job.JobId != own?.JobId
                && installation.Rows.IsValid(job) && IsAbout(job, column)),
        ];
    }

    private static bool IsAbout(JobRecord job, AdoptedColumn column) =>
        AdoptTarget.Read(job.Target) is var (database, options) && database == column.Record.Database
        && (options.Column == column.Name || options.Column == ColumnName.Short(column.Record));
}
