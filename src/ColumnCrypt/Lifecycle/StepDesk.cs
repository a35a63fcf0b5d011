using System.Data.Common;
using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Lifecycle;

/// <summary>Makes and runs the jobs that walk rows: re-encryptions and adoptions. Which database they are about is in their rows; who runs them opens it. Thread-safe.</summary>
internal sealed class StepDesk(OperatorStore store, JobDesk jobs, JobRunner runner, Reencrypter reencrypter, Adopter adopter)
{
    /// <summary>Makes the job of a re-encryption, or finds an unfinished one of the same target.</summary>
    public async Task<JobInfo> AddAsync(ReencryptOptions options, string database, CancellationToken cancellationToken)
    {
        Check(options, database);
        return await DescribeAsync(await jobs.FindOrAddAsync(ReencryptTarget.Kind, ReencryptTarget.Write(database, options), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the job of an adoption's step that walks rows, or finds an unfinished one of the same target.</summary>
    public async Task<JobInfo> AddAsync(AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        Check(options, database);
        return await DescribeAsync(await adopter.AddAsync(options, database, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for a re-encryption, without a KEK.</summary>
    public async Task<JobInfo> EnqueueAsync(ReencryptOptions options, string database, CancellationToken cancellationToken)
    {
        Check(options, database);
        return JobDesk.Describe(null, await jobs.RequestAsync(ReencryptTarget.Kind, ReencryptTarget.Write(database, options), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Asks for an adoption's step, without a KEK.</summary>
    public async Task<JobInfo> EnqueueAsync(AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        Check(options, database);

        // Its mac takes a KEK: it is checked by whoever runs the job.
        var column = AdoptionDesk.Find(await store.Store.ReadColumnsAsync(database, cancellationToken).ConfigureAwait(false), database, options.Column);
        return JobDesk.Describe(null, await jobs.RequestAsync(AdoptTarget.Kind, AdoptTarget.Of(column, options).ToJson(), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Runs one job to its end.</summary>
    public async Task<JobInfo> RunAsync(string jobId, StepOptions how, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jobId);
        ArgumentNullException.ThrowIfNull(how);
        ArgumentNullException.ThrowIfNull(data);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var job = await store.Store.Jobs.FindAsync(jobId, cancellationToken).ConfigureAwait(false) ?? throw new KeyStateException($"This key store holds no job {jobId}.");
        if (job.State != JobState.Requested && !installation.Rows.IsValid(job))
        {
            throw installation.Rows.Tampered("columncrypt_job", jobId);
        }

        if (job.State == JobState.Completed)
        {
            return JobDesk.Describe(installation, job);
        }

        if (!IsStep(job))
        {
            throw new KeyStateException($"Job {jobId} is a {job.Kind}: it walks no rows.");
        }

        return await RunAsync(job, how, data, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs the jobs that are ready, or whose holder has died, and whose database is given.</summary>
    /// <returns>How many were worked on.</returns>
    public Task<int> RunJobsAsync(Func<string, DbDataSource?> data, StepOptions how, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(how);
        return runner.RunReadyAsync(
            IsStep,
            async job =>
            {
                if (data(DatabaseOf(job)) is not { } source)
                {
                    return false;
                }

                await RunAsync(job, how, source, progress, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    /// <summary>A target as ColumnCrypt writes it, read from a row that was only requested.</summary>
    /// <exception cref="KeyStateException">It is none of this kind.</exception>
    public static string? Canonical(string kind, string? target)
    {
        switch (kind)
        {
            case ReencryptTarget.Kind:
                var (database, options) = ReencryptTarget.Read(target);
                return ReencryptTarget.Write(database, options);
            case AdoptTarget.Kind:
                // A job that has not run has moved nothing.
                return (AdoptTarget.Read(target) with { Moved = null }).ToJson();
            default:
                return null;
        }
    }

    private static void Check(ReencryptOptions options, string database)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        options.Check();
    }

    private static void Check(AdoptOptions options, string database)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        options.Check();
        if (options.Form is not null)
        {
            throw new ArgumentException("The form of plaintext is the application's own, and a job has none: call AdoptAsync.", nameof(options));
        }
    }

    private async Task<JobInfo> DescribeAsync(JobRecord job, CancellationToken cancellationToken) =>
        JobDesk.Describe(await store.InstallationAsync(cancellationToken).ConfigureAwait(false), job);

    private async Task<JobInfo> RunAsync(JobRecord job, StepOptions how, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        await DemandDatabaseAsync(job, data, cancellationToken).ConfigureAwait(false);
        return await runner.RunAsync(job, async () => job.Kind == ReencryptTarget.Kind
            ? (await reencrypter.RunAsync(job, how, data, progress, cancellationToken).ConfigureAwait(false)).Job!
            : (await adopter.RunAsync(job, how, data, progress, cancellationToken).ConfigureAwait(false)).Job!).ConfigureAwait(false);
    }

    // Before the job is touched: that this process was given another database is no fault of the job's.
    private async Task DemandDatabaseAsync(JobRecord job, DbDataSource data, CancellationToken cancellationToken)
    {
        var connection = await data.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string name = store.Databases.Of(connection);
            if (name != DatabaseOf(job))
            {
                throw new KeyStateException($"Job {job.JobId} is about the database '{DatabaseOf(job)}', and this one is '{name}'.");
            }
        }
    }

    private static bool IsStep(JobRecord job) => job.Kind is ReencryptTarget.Kind or AdoptTarget.Kind;

    private static string DatabaseOf(JobRecord job) => job.Kind == ReencryptTarget.Kind ? ReencryptTarget.Read(job.Target).Database : AdoptTarget.Read(job.Target).Database;
}
