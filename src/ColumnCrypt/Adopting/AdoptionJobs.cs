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
    /// <summary>The unfinished job of this step of a column that nobody else has moved since, or a new one.</summary>
    public Task<JobRecord> FindOrAddAsync(AdoptedColumn column, AdoptOptions options, CancellationToken cancellationToken)
    {
        var target = AdoptTarget.Of(column.Record, options);
        return desk.FindOrAddAsync(
            AdoptTarget.Kind, target.ToJson(), job => AdoptTarget.Read(job.Target) is var known && known.IsSame(target) && known.Knows(column.Adoption), cancellationToken);
    }

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
                $"The column {column.Name} is worked on by {other.LeaseOwner} until {other.LeaseUntil:u}, job {other.JobId}: one step at a time. Wait for it, or cancel it, and run this again.", isTransient: true);
        }
    }

    /// <summary>
    /// Withdraws what was queued or left unfinished about the column: before a way back all of it, which would undo that; else what was made before somebody moved the
    /// column.
    /// </summary>
    public async Task WithdrawAsync(AdoptedColumn column, JobRecord own, CancellationToken cancellationToken)
    {
        bool isAll = AdoptTarget.Read(own.Target).ToOptions().Step == AdoptStep.Back;
        foreach (var other in (await ListAsync(column, own, cancellationToken).ConfigureAwait(false)).Where(other => isAll || !AdoptTarget.Read(other.Target).Knows(column.Adoption)))
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
        AdoptTarget.Read(job.Target) is var target && (target.Database, target.Schema, target.Table, target.Column) == (column.Record.Database, column.Record.Schema, column.Record.Table, column.Record.Column);
}
