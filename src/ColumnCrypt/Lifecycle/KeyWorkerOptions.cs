using System.Data.Common;
using ColumnCrypt.Audit;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Lifecycle;

/// <summary>How a key worker works.</summary>
public sealed class KeyWorkerOptions
{
    /// <summary>How often it looks for jobs and due shreds. 1 s or more; default 1 min.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often it looks for keys that lack the wrap of a KEK that may lag (<see cref="Kek.KekOptions.MayLag"/>), which reads the wraps of all keys. Default 15 min.
    /// </summary>
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many keys a second at most get the wrap that they lack of a KEK that may lag (<see cref="Kek.KekOptions.MayLag"/>). 0.05 or more; default 10.</summary>
    public double MaxRepairsPerSecond { get; set; } = 10;

    /// <summary>How often it takes a checkpoint of the audit. Default 5 min.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>After how many entries since the last checkpoint it takes one early, at the next <see cref="Interval"/>. Default 1,000.</summary>
    public long CheckpointEntries { get; set; } = 1_000;

    /// <summary>
    /// Gives the application's database by the name that the manifest has for it, so that approved re-encryptions and adoptions are run here; null for a
    /// name that this process does not work on. Default: null, they are left to others.
    /// </summary>
    public Func<string, DbDataSource?>? Data { get; set; }

    /// <summary>How fast re-encryptions and adoptions go. Default: without a limit.</summary>
    public StepOptions Steps { get; set; } = new();

    /// <summary>
    /// Takes each checkpoint out of the database: to a file on another machine, an object store, a log that cannot be rewritten. A failure is
    /// logged and the checkpoint taken again. Default: the log alone (event 1019).
    /// </summary>
    public Func<AuditCheckpoint, CancellationToken, Task>? Keep { get; set; }
}
