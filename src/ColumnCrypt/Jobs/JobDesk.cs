using ColumnCrypt.Audit;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Jobs;

/// <summary>
/// Adds, finds, leases and ends jobs. A lease is a time and a fencing token in the job's row: a holder that died is succeeded when its
/// lease has run out, and one that slept too long fails at its next write. Thread-safe.
/// </summary>
internal sealed class JobDesk(OperatorStore store)
{
    /// <summary>How long a lease lasts unless a batch renews it.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(1);

    private const int PageSize = 1_000;

    public async Task<IReadOnlyList<JobRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<JobRecord>();
        IReadOnlyList<JobRecord> page;
        do
        {
            page = await store.Store.Jobs.ReadAsync(all is [.., var last] ? last.JobId : "", PageSize, cancellationToken).ConfigureAwait(false);
            all.AddRange(page);
        }
        while (page.Count == PageSize);
        return all;
    }

    /// <summary>A job that somebody without a KEK identity asks for: no mac, and it does not run before it is approved.</summary>
    public async Task<JobRecord> RequestAsync(string kind, string target, CancellationToken cancellationToken)
    {
        var job = New(kind, target, JobState.Requested);
        await store.Store.Jobs.TryAddAsync(job, null, cancellationToken).ConfigureAwait(false);
        return job;
    }

    /// <summary>The unfinished job of this kind and target, or a new one.</summary>
    public Task<JobRecord> FindOrAddAsync(string kind, string target, CancellationToken cancellationToken) =>
        FindOrAddAsync(kind, target, job => job.Target == target, cancellationToken);

    /// <summary>The unfinished job of this kind that is the same work, or a new one.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="target">The target of a new one.</param>
    /// <param name="isSame">Whether a job of the kind is the same work; asked of jobs whose mac is right.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<JobRecord> FindOrAddAsync(string kind, string target, Func<JobRecord, bool> isSame, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var unfinished = (await ListAsync(cancellationToken).ConfigureAwait(false)).LastOrDefault(job =>
            job.Kind == kind && job.State is JobState.Ready or JobState.Running or JobState.Stopped && installation.Rows.IsValid(job) && isSame(job));
        if (unfinished is not null)
        {
            return unfinished;
        }

        var job = installation.Rows.Sign(New(kind, target, JobState.Ready));
        var entry = store.Entries.Make(AuditActions.JobAdd, detail: $"{kind} {job.JobId}");
        return await store.Store.Jobs.TryAddAsync(job, OperatorStore.Chain(installation, entry), cancellationToken).ConfigureAwait(false)
            ? job
            : throw OperatorStore.Contended($"job {job.JobId}");
    }

    /// <summary>Takes the lease of a job.</summary>
    /// <exception cref="KeyStateException">Somebody else holds it, or the job is not to be run.</exception>
    public async Task<JobRecord> LeaseAsync(JobRecord job, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        Demand(installation, job);
        if (!IsFree(job))
        {
            throw new KeyStateException($"Job {job.JobId} is worked on by {job.LeaseOwner} until {job.LeaseUntil:u}. Wait for it, or run again once its lease has ended.", isTransient: true);
        }

        var leased = Next(installation, job with
        {
            State = JobState.Running,
            LeaseOwner = LeaseHolder.Current(store.Entries.Actor),
            LeaseUntil = store.Now + LeaseTime,
            FencingToken = job.FencingToken + 1,
        });
        return await WriteAsync(installation, leased, AuditActions.JobLease, $"fencing token {leased.FencingToken}", cancellationToken).ConfigureAwait(false)
            ? leased
            : throw new KeyStateException($"Job {job.JobId} was taken by somebody else just now.", isTransient: true);
    }

    /// <summary>True where nobody holds the job's lease.</summary>
    public bool IsFree(JobRecord job) => job.State is JobState.Ready or JobState.Stopped
        || (job.State == JobState.Running && (job.LeaseUntil <= store.Now || LeaseHolder.IsGone(job.LeaseOwner)));

    /// <summary>The job with other counters, its lease renewed, signed in its next version.</summary>
    public JobRecord Renewed(Installation installation, JobRecord job) => Next(installation, job with { LeaseUntil = store.Now + LeaseTime });

    /// <summary>Gives the lease back.</summary>
    public async Task<JobRecord> EndAsync(JobRecord job, JobStop stop, string detail)
    {
        var installation = await store.InstallationAsync(CancellationToken.None).ConfigureAwait(false);
        var (state, action) = stop switch
        {
            JobStop.None => (JobState.Completed, AuditActions.JobComplete),
            JobStop.Cancelled => (JobState.Ready, AuditActions.JobStop),
            JobStop.Withdrawn => (JobState.Cancelled, AuditActions.JobCancel),
            _ => (JobState.Stopped, AuditActions.JobStop),
        };
        var ended = Next(installation, job with { State = state, LeaseUntil = store.Now });
        return await WriteAsync(installation, ended, action, detail, CancellationToken.None).ConfigureAwait(false) ? ended : throw LeaseLost(job);
    }

    /// <summary>
    /// Stops a job that an error ended which lasts, so that nobody tries it again before an operator has looked at it. Of errors that pass, and of those that are this
    /// process's alone (its configuration allows no such KEK, its KEK denies it), the job stays as it is.
    /// </summary>
    public async Task StopAsync(string jobId, ColumnCryptException error)
    {
        if (error.IsTransient || error is KeyUnavailableException { Reason: KeyUnavailableReason.KekNotAllowed or KeyUnavailableReason.Denied or KeyUnavailableReason.NotInitialized })
        {
            return;
        }

        var installation = await store.InstallationAsync(CancellationToken.None).ConfigureAwait(false);
        if (await store.Store.Jobs.FindAsync(jobId, CancellationToken.None).ConfigureAwait(false) is { State: JobState.Ready or JobState.Running } job && IsFree(job) && installation.Rows.IsValid(job))
        {
            // Where it was taken by somebody else just now, he says how it ends.
            var stopped = Next(installation, job with { State = JobState.Stopped, LeaseUntil = store.Now });
            if (await WriteAsync(installation, stopped, AuditActions.JobStop, error.Message, CancellationToken.None).ConfigureAwait(false))
            {
                store.Logger.JobStopped(job.JobId, job.Kind, error.Message);
            }
        }
    }

    /// <summary>Lets a job run. Of one that was requested, what is to be done is taken, and nothing else that its row says: it has no mac.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="read">Reads the target of a kind, refuses one that is none, and writes it as ColumnCrypt does.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<JobRecord> ApproveAsync(string jobId, Func<string, string?, string> read, CancellationToken cancellationToken)
    {
        var (installation, job) = await FindAsync(jobId, cancellationToken).ConfigureAwait(false);
        var approved = job.State switch
        {
            JobState.Requested => New(job.Kind, read(job.Kind, job.Target), JobState.Ready) with { JobId = job.JobId, RequestedBy = job.RequestedBy, RequestedAt = job.RequestedAt, RowVersion = job.RowVersion },
            JobState.Stopped => job with { State = JobState.Ready },
            _ => throw new KeyStateException($"Job {jobId} is {job.State}: there is nothing to approve."),
        };
        return await MoveAsync(installation, approved, AuditActions.JobApprove, cancellationToken).ConfigureAwait(false);
    }

    public async Task<JobRecord> CancelAsync(string jobId, CancellationToken cancellationToken)
    {
        var (installation, job) = await FindAsync(jobId, cancellationToken).ConfigureAwait(false);
        return job.State is JobState.Completed or JobState.Cancelled
            ? throw new KeyStateException($"Job {jobId} is {job.State} already.")
            : await MoveAsync(installation, job with { State = JobState.Cancelled }, AuditActions.JobCancel, cancellationToken).ConfigureAwait(false);
    }

    public static KeyStateException LeaseLost(JobRecord job) => new(
        $"Job {job.JobId} was taken over or withdrawn meanwhile: this run took too long between two batches, or an operator cancelled the job. What it had written is kept.", isTransient: true);

    public static JobInfo Describe(Installation? installation, JobRecord job, string? reason = null) => new(
        job.JobId,
        job.Kind,
        job.Target,
        job.State,
        job.Processed,
        job.Succeeded,
        job.Failed,
        job.LeaseOwner,
        job.LeaseUntil,
        job.RequestedBy,
        job.RequestedAt,
        job.State == JobState.Requested || installation?.Rows.IsValid(job) != false)
    {
        Reason = reason,
    };

    private static void Demand(Installation installation, JobRecord job)
    {
        if (job.State == JobState.Requested)
        {
            throw new KeyStateException($"Job {job.JobId} was requested and not approved. An operator approves it first.");
        }

        if (job.State is JobState.Completed or JobState.Cancelled)
        {
            throw new KeyStateException($"Job {job.JobId} is {job.State}.");
        }

        if (!installation.Rows.IsValid(job))
        {
            throw installation.Rows.Tampered("columncrypt_job", job.JobId);
        }
    }

    private async Task<(Installation Installation, JobRecord Job)> FindAsync(string jobId, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var job = await store.Store.Jobs.FindAsync(jobId, cancellationToken).ConfigureAwait(false) ?? throw new KeyStateException($"This key store holds no job {jobId}.");
        return job.State == JobState.Requested || installation.Rows.IsValid(job) ? (installation, job) : throw installation.Rows.Tampered("columncrypt_job", jobId);
    }

    private async Task<JobRecord> MoveAsync(Installation installation, JobRecord job, string action, CancellationToken cancellationToken)
    {
        var moved = Next(installation, job);
        return await WriteAsync(installation, moved, action, job.Target ?? "", cancellationToken).ConfigureAwait(false) ? moved : throw OperatorStore.Contended($"job {job.JobId}");
    }

    private Task<bool> WriteAsync(Installation installation, JobRecord job, string action, string detail, CancellationToken cancellationToken) =>
        store.Store.Jobs.TryUpdateAsync(job, OperatorStore.Chain(installation, store.Entries.Make(action, detail: $"{job.Kind} {job.JobId}: {detail}")), cancellationToken);

    private static JobRecord Next(Installation installation, JobRecord job) => installation.Rows.Sign(job with { RowVersion = job.RowVersion + 1 });

    private JobRecord New(string kind, string target, JobState state) => new()
    {
        JobId = Guid.CreateVersion7(store.Now).ToString("N"),
        Kind = kind,
        Target = target,
        State = state,
        RequestedBy = store.Entries.Actor,
        RequestedAt = store.Now,
        RowVersion = 1,
    };
}
