using System.Data.Common;
using ColumnCrypt.Audit;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Lifecycle;

/// <summary>How a key worker works.</summary>
public sealed class KeyWorkerOptions
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    /// <summary>How often it looks for jobs and due shreds. 1 s to 1 day; default 1 min.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often it looks for keys that lack the wrap of a KEK that may lag (<see cref="Kek.KekOptions.MayLag"/>), which reads the wraps of all keys. 1 s to 365 days; default 15 min.
    /// </summary>
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many keys a second at most get the wrap that they lack of a KEK that may lag (<see cref="Kek.KekOptions.MayLag"/>). 0.05 or more; default 10.</summary>
    public double MaxRepairsPerSecond { get; set; } = 10;

    /// <summary>How often it takes a checkpoint of the audit. 1 s to 365 days; default 5 min.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>After how many entries since the last checkpoint it takes one early, at the next <see cref="Interval"/>. 1 or more; default 1,000.</summary>
    public long CheckpointEntries { get; set; } = 1_000;

    /// <summary>
    /// Gives the application's database by the name that the manifest has for it, so that approved re-encryptions and adoptions are run here; null for a
    /// name that this process does not work on. Default: null, they are left to others.
    /// </summary>
    public Func<string, DbDataSource?>? Data { get; set; }

    /// <summary>How fast re-encryptions and adoptions go. Default: without a limit. <see cref="StepOptions.DryRun"/> is not for a worker.</summary>
    public StepOptions Steps { get; set; } = new();

    /// <summary>
    /// Takes each checkpoint out of the database: to a file on another machine, an object store, a log that cannot be rewritten. A failure is
    /// logged and the checkpoint taken again. Default: the log alone (event 1019).
    /// </summary>
    public Func<AuditCheckpoint, CancellationToken, Task>? Keep { get; set; }

    /// <summary>Objects to what is out of bounds, all of it at once.</summary>
    /// <exception cref="EncryptionModelException">Something is.</exception>
    internal void Validate()
    {
        List<string> mistakes = [];
        void Demand(bool isRight, string what)
        {
            if (!isRight)
            {
                mistakes.Add(what);
            }
        }

        Demand(Interval >= s_second && Interval <= s_day, "Interval is 1 s to 1 day.");
        Demand(RepairInterval >= s_second && RepairInterval <= s_year, "RepairInterval is 1 s to 365 days.");
        Demand(MaxRepairsPerSecond >= 0.05, "MaxRepairsPerSecond is 0.05 or more.");
        Demand(CheckpointInterval >= s_second && CheckpointInterval <= s_year, "CheckpointInterval is 1 s to 365 days.");
        Demand(CheckpointEntries >= 1, "CheckpointEntries is 1 or more.");
        Demand(Steps is { DryRun: false }, "Steps is given, and does not only count.");
        if (Steps is { } steps)
        {
            mistakes.AddRange(steps.Mistakes().Select(static one => $"Steps.{one.Name} is {one.Bounds}."));
        }

        if (mistakes.Count > 0)
        {
            throw new EncryptionModelException($"The options of the key worker: {string.Join(" ", mistakes)}");
        }
    }
}
