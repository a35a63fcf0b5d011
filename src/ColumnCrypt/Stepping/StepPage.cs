namespace ColumnCrypt.Stepping;

/// <summary>Rows that were read, and what becomes of each; an outcome becomes a failure where the database refuses it. Not thread-safe.</summary>
internal sealed record StepPage(List<StepRow> Rows, RowOutcome[] Outcomes)
{
    /// <summary>A page without rows.</summary>
    public static StepPage None { get; } = new([], []);

    /// <summary>Where the rows are that are changed.</summary>
    public IEnumerable<int> Changes => Enumerable.Range(0, Rows.Count).Where(i => Outcomes[i].Change is not null);
}
