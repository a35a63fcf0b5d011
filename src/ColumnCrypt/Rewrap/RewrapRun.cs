using System.Globalization;
using ColumnCrypt.Jobs;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>What one run of a rewrap has done so far. Not thread-safe.</summary>
internal sealed class RewrapRun(JobRecord job, long? total, RewrapOptions options, TimeProvider time, IProgress<JobProgress>? progress)
{
    private const int MaxFailures = 1_000;

    private readonly long _start = time.GetTimestamp();
    private readonly List<KeyFailure> _failures = [];
    private long _processed;
    private long _paced;
    private long _succeeded;
    private int _denied;

    public JobRecord Job { get; set; } = job;

    /// <summary>True where somebody else has the job now.</summary>
    public bool IsLeaseLost { get; set; }

    /// <summary>True where the new wraps cannot be proved here.</summary>
    public bool IsEscrow { get; set; }

    /// <summary>Why the last key that failed did; null where none has.</summary>
    public string? LastFailure => _failures is [.., var last] ? last.Reason : null;

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"{Job.Processed} processed, {Job.Succeeded} succeeded, {Job.Failed} failed");

    /// <summary>The job after so many more keys.</summary>
    /// <param name="page">The keys.</param>
    /// <param name="outcomes">What was found for the first of them.</param>
    /// <param name="isAside">True for keys out of their order: the job comes no further.</param>
    public JobRecord Advanced(IReadOnlyList<KeyWithWraps> page, ReadOnlySpan<KeyOutcome> outcomes, bool isAside = false)
    {
        int failed = CountFailed(outcomes);
        return outcomes.IsEmpty ? Job : Job with
        {
            Cursor = isAside ? Job.Cursor : page[outcomes.Length - 1].Key.KeyId.ToString(),
            Processed = Job.Processed + outcomes.Length,
            Succeeded = Job.Succeeded + outcomes.Length - failed,
            Failed = Job.Failed + failed,
        };
    }

    /// <summary>True for a key that is among the failures kept.</summary>
    public bool HasFailed(KeyWithWraps key) => _failures.Exists(failure => failure.KeyId == key.Key.KeyId);

    /// <summary>What the audit says of a batch: five of the keys that failed are named.</summary>
    public string Describe(JobRecord next, int changed, IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes)
    {
        var failed = page.Take((int)(next.Processed - Job.Processed)).Where((_, i) => outcomes[i].Failure is not null).Take(5).Select(static key => key.Key.KeyId.ToString()).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Job.JobId}: {changed} keys {(options.Phase == RewrapPhase.Drop ? "let go of their old wraps for" : "wrapped under")} {options.To}, "
            + $"{next.Failed - Job.Failed} failed{(failed.Count > 0 ? $" ({string.Join(", ", failed)})" : "")}, {(next.Cursor == Job.Cursor ? "of no tenant" : $"up to {next.Cursor}")}");
    }

    /// <summary>Takes note of a batch that is committed.</summary>
    public void Written(JobRecord next, IReadOnlyList<KeyWithWraps> page, ReadOnlySpan<KeyOutcome> outcomes)
    {
        Job = next;
        _processed += outcomes.Length;
        _paced += options.OnlyMissing ? CountTouched(outcomes) : outcomes.Length;
        _succeeded += outcomes.Length - CountFailed(outcomes);
        for (int i = 0; i < outcomes.Length && _failures.Count < MaxFailures; i++)
        {
            if (outcomes[i].Failure is { } failure)
            {
                _failures.Add(new KeyFailure(page[i].Key.KeyId, page[i].Key.Tenant, failure));
            }
        }

        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        double rate = seconds > 0 ? _processed / seconds : 0;
        var left = total is { } all && rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, all - next.Processed) / rate) : (TimeSpan?)null;
        progress?.Report(new JobProgress(next.Kind, next.Processed, next.Succeeded, next.Failed, total, rate, left));
    }

    /// <summary>How many of the last keys, without a break, a KEK has denied.</summary>
    /// <param name="outcomes">The keys of a batch.</param>
    /// <param name="isTooMany">True where, with those at the end of the batches before, they are as many as stop a rewrap.</param>
    public int DeniedAtTheEnd(KeyOutcome[] outcomes, out bool isTooMany)
    {
        int denied = outcomes.Reverse().TakeWhile(static outcome => outcome.IsDenied).Count();
        _denied = denied == outcomes.Length ? _denied + denied : denied;
        isTooMany = _denied >= options.StopAfterDenied;
        return denied;
    }

    /// <summary>Keeps the failures of keys that the job does not come past.</summary>
    public void Note(IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes, int from)
    {
        for (int i = from; i < outcomes.Length && _failures.Count < MaxFailures; i++)
        {
            if (outcomes[i].Failure is { } failure)
            {
                _failures.Add(new KeyFailure(page[i].Key.KeyId, page[i].Key.Tenant, failure));
            }
        }
    }

    /// <summary>Waits until the next batch may begin.</summary>
    public async Task PaceAsync(CancellationToken cancellationToken)
    {
        if (options.MaxPerSecond is { } most)
        {
            var ahead = TimeSpan.FromSeconds(_paced / most) - time.GetElapsedTime(_start);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public RewrapResult Result(JobInfo job) => new(job, _processed, _succeeded, _failures, time.GetElapsedTime(_start)) { IsEscrow = IsEscrow };

    private static int CountTouched(ReadOnlySpan<KeyOutcome> outcomes)
    {
        int touched = 0;
        foreach (var outcome in outcomes)
        {
            touched += outcome == KeyOutcome.Nothing ? 0 : 1;
        }

        return touched;
    }

    private static int CountFailed(ReadOnlySpan<KeyOutcome> outcomes)
    {
        int failed = 0;
        foreach (var outcome in outcomes)
        {
            failed += outcome.Failure is null ? 0 : 1;
        }

        return failed;
    }
}
