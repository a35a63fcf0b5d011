using System.Globalization;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Rows;

/// <summary>The summary of a step of an adoption.</summary>
internal static class AdoptText
{
    public static void Write(TextPage page, AdoptView view)
    {
        page.Line(view.DryRun
            ? string.Create(CultureInfo.InvariantCulture, $"Dry run: {view.Processed:N0} rows would be changed, in about {view.Estimate!.Value.TotalSeconds:N0} s. Nothing was done.")
            : string.Create(CultureInfo.InvariantCulture, $"{view.Processed:N0} rows read in {view.Elapsed.TotalSeconds:N1} s: {view.Changed:N0} changed, {view.Failures.Count:N0} left as they are, {view.Conflicts:N0} read again because others wrote them."));
        FailureText.Write(page, view.Failures);
        page.Line($"The column is {view.State}. {view.NextStep}");
    }
}
