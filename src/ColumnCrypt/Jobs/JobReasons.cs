using ColumnCrypt.Audit;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Jobs;

/// <summary>
/// Why jobs are stopped or withdrawn: what the audit says of it, read from its end back to when the first of them ended, and over about 100,000 entries at
/// most. Thread-safe.
/// </summary>
internal sealed class JobReasons(OperatorStore store)
{
    private const int PageSize = 1_024;
    private const int MaxPages = 100;

    // Clocks of nodes differ.
    private static readonly TimeSpan s_slack = TimeSpan.FromMinutes(5);

    /// <summary>The reasons of those that are stopped, or were withdrawn by themselves, by the jobs' ids. One whose entry was cut off, changed, or is too far back has none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(IReadOnlyList<JobRecord> jobs, CancellationToken cancellationToken)
    {
        var wanted = jobs.Where(static job => job.State is JobState.Stopped or JobState.Cancelled && job.LeaseUntil is not null).ToDictionary(static job => $"{job.Kind} {job.JobId}", static job => job, StringComparer.Ordinal);
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return reasons;
        }

        var chain = new AuditChain((await store.InstallationAsync(cancellationToken).ConfigureAwait(false)).Audit);
        var first = wanted.Values.Min(static job => job.LeaseUntil)!.Value - s_slack;
        long end = await EndAsync(cancellationToken).ConfigureAwait(false);
        bool isPast = false;
        for (int pages = 0; end > 0 && wanted.Count > 0 && !isPast && pages < MaxPages; pages++, end -= PageSize)
        {
            var page = await store.Store.Audit.ReadAsync(Math.Max(0, end - PageSize), (int)Math.Min(PageSize, end), cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Reverse().Where(static entry => entry.Action is AuditActions.JobStop or AuditActions.JobCancel))
            {
                int name = entry.Detail?.IndexOf(": ", StringComparison.Ordinal) ?? -1;
                if (name >= 0 && chain.IsAuthentic(entry) && wanted.Remove(entry.Detail![..name], out var job) && entry.Detail[(name + 2)..] != job.Target)
                {
                    reasons[job.JobId] = entry.Detail[(name + 2)..];
                }
            }

            isPast = page is [var oldest, ..] && oldest.At < first;
        }

        return reasons;
    }

    // Numbers have no gap.
    private async Task<long> EndAsync(CancellationToken cancellationToken)
    {
        long end = 0;
        long step = PageSize;
        for (; await HasAsync(end + step).ConfigureAwait(false); step *= 2)
        {
            end += step;
        }

        for (step /= 2; step > 0; step /= 2)
        {
            end += await HasAsync(end + step).ConfigureAwait(false) ? step : 0;
        }

        return end;

        async Task<bool> HasAsync(long number) => (await store.Store.Audit.ReadAsync(number - 1, 1, cancellationToken).ConfigureAwait(false)).Count > 0;
    }
}
