namespace ColumnCrypt.Jobs;

/// <summary>How far a job has come.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Processed">Records looked at, over all runs of the job.</param>
/// <param name="Succeeded">Records finished.</param>
/// <param name="Failed">Records that could not be finished.</param>
/// <param name="Total">About how many records there are; null where it is not known.</param>
/// <param name="PerSecond">Records a second, over this run.</param>
/// <param name="Left">About how long it will still take; null where it is not known.</param>
public sealed record JobProgress(string Kind, long Processed, long Succeeded, long Failed, long? Total, double PerSecond, TimeSpan? Left);
