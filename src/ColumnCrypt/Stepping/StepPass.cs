namespace ColumnCrypt.Stepping;

/// <summary>One walk over one table. Immutable.</summary>
/// <param name="Name">What the cursor calls it; one name in a job.</param>
/// <param name="Table">The table.</param>
/// <param name="Work">What becomes of its rows.</param>
/// <param name="ReadsPrimary">Whether it is read where it is written, whatever the options say.</param>
internal sealed record StepPass(string Name, StepTable Table, IRowWork Work, bool ReadsPrimary = false);
