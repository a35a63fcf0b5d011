using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>What <c>--dry-run</c> answers.</summary>
/// <param name="Would">What would be done, as a sentence.</param>
/// <param name="Target">To what, as it is now; null where it does not exist yet.</param>
internal sealed record Plan(string Would, object? Target)
{
    /// <summary>Always true: nothing was done.</summary>
    public bool DryRun => true;

    public static Answer Answer(string would, object? target = null) =>
        new(new Plan(would, target), page => page.Line($"Dry run: {would} Nothing was done."));
}
