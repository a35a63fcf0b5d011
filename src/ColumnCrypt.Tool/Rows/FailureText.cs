using ColumnCrypt.Stepping;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Rows;

/// <summary>The rows that a walk left as they are.</summary>
internal static class FailureText
{
    public static void Write(TextPage page, IReadOnlyList<RowFailure> failures)
    {
        if (failures.Count > 0)
        {
            page.Table(["TABLE", "ROW", "WHY"], failures.Select(static failure => (IReadOnlyList<string?>)[failure.Table, failure.Row, failure.Reason]));
            page.Line("They stay as they are. Mend the cause and run the same command again.");
        }
    }
}
