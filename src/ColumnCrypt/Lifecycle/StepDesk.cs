using System.Data.Common;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Lifecycle;

/// <summary>Makes and runs the jobs that walk rows: re-encryptions and adoptions. Which database they are about is in their rows; who runs them opens it. Thread-safe.</summary>
internal sealed class StepDesk(OperatorStore store, JobDesk jobs, Reencrypter reencrypter, Adopter adopter)
{
    /// <summary>Makes the job of a re-encryption, or finds an unfinished one of the same target.</summary>
    public Task<JobInfo> AddAsync(ReencryptOptions options, string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        options.Check();
        return AddAsync(ReencryptTarget.Kind, ReencryptTarget.Write(database, options), cancellationToken);
    }

    /// <summary>Makes the job of an adoption's step that walks rows, or finds an unfinished one of the same target.</summary>
    public async Task<JobInfo> AddAsync(AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        Check(options);
        var column = await adopter.FindAsync(options, database, cancellationToken).ConfigureAwait(false);
        if (options.Step == AdoptStep.Complete && column.Adoption.IsInPlace)
        {
            throw new ArgumentException("To complete an adoption in place walks no rows, so there is no job of it: call AdoptAsync.", nameof(options));
        }

        return await AddAsync(AdoptTarget.Kind, AdoptTarget.Write(column.Record, options), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for a re-encryption, without a KEK.</summary>
    public Task<JobInfo> EnqueueAsync(ReencryptOptions options, string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        options.Check();
        return EnqueueAsync(ReencryptTarget.Kind, ReencryptTarget.Write(database, options), cancellationToken);
    }

    /// <summary>Asks for an adoption's step, without a KEK.</summary>
    public async Task<JobInfo> EnqueueAsync(AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(database);
        Check(options);

        // Its mac takes a KEK: it is checked by whoever runs the job.
        var column = AdoptionDesk.Find(await store.Store.ReadColumnsAsync(database, cancellationToken).ConfigureAwait(false), database, options.Column);
        return await EnqueueAsync(AdoptTarget.Kind, AdoptTarget.Write(column, options), cancellationToken).ConfigureAwait(false);
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

        if (!IsStep(job.Kind))
        {
            throw new KeyStateException($"Job {jobId} is a {job.Kind}: it walks no rows.");
        }

        await RunAsync(job, how, data, progress, cancellationToken).ConfigureAwait(false);
        return JobDesk.Describe(installation, (await store.Store.Jobs.FindAsync(jobId, CancellationToken.None).ConfigureAwait(false))!);
    }

    /// <summary>Runs the jobs that are ready, or whose holder has died, and whose database is given.</summary>
    /// <returns>How many were worked on.</returns>
    public async Task<int> RunJobsAsync(Func<string, DbDataSource?> data, StepOptions how, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(how);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        int worked = 0;
        ExceptionDispatchInfo? failed = null;
        foreach (var job in await jobs.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!IsStep(job.Kind) || job.State is not (JobState.Ready or JobState.Running) || !jobs.IsFree(job) || !installation.Rows.IsValid(job))
            {
                continue;
            }

            try
            {
                if (data(DatabaseOf(job)) is { } source)
                {
                    await RunAsync(job, how, source, progress, cancellationToken).ConfigureAwait(false);
                    worked++;
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One job that cannot go on keeps no other from it; its error is raised once the rest is done.
                failed ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        failed?.Throw();
        return worked;
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
                AdoptTarget.Read(target);
                return JsonSerializer.Serialize(JsonSerializer.Deserialize<AdoptTarget>(target!));
            default:
                return null;
        }
    }

    private static void Check(AdoptOptions options)
    {
        options.Check();
        if (options.Form is not null)
        {
            throw new ArgumentException("The form of plaintext is the application's own, and a job has none: call AdoptAsync.", nameof(options));
        }
    }

    private async Task<JobInfo> EnqueueAsync(string kind, string target, CancellationToken cancellationToken) =>
        JobDesk.Describe(null, await jobs.RequestAsync(kind, target, cancellationToken).ConfigureAwait(false));

    private async Task<JobInfo> AddAsync(string kind, string target, CancellationToken cancellationToken)
    {
        var job = await jobs.FindOrAddAsync(kind, target, cancellationToken).ConfigureAwait(false);
        return JobDesk.Describe(await store.InstallationAsync(cancellationToken).ConfigureAwait(false), job);
    }

    private Task RunAsync(JobRecord job, StepOptions how, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken) => job.Kind == ReencryptTarget.Kind
        ? reencrypter.RunAsync(job, how, data, progress, cancellationToken)
        : adopter.RunAsync(job, how, data, progress, cancellationToken);

    private static bool IsStep(string kind) => kind is ReencryptTarget.Kind or AdoptTarget.Kind;

    private static string DatabaseOf(JobRecord job) => job.Kind == ReencryptTarget.Kind ? ReencryptTarget.Read(job.Target).Database : AdoptTarget.Read(job.Target).Database;
}
