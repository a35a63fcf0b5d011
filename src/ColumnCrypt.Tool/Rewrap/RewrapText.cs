using System.Globalization;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Rewrap;

/// <summary>The summary of a rewrap.</summary>
internal static class RewrapText
{
    public static Answer Answer(RewrapResult result, RewrapOptions options)
    {
        long failed = result.Processed - result.Succeeded;
        return new Answer(
            new { options.DryRun, result.Processed, result.Succeeded, Failed = failed, result.Elapsed, result.Failures, result.Job },
            page => Write(page, result, options, failed),
            failed == 0 && result.Failures.Count == 0);
    }

    private static void Write(TextPage page, RewrapResult result, RewrapOptions options, long failed)
    {
        string what = (options.DryRun, options.Phase) switch
        {
            (true, RewrapPhase.Add) => "would get",
            (true, _) => "would lose their old",
            (_, RewrapPhase.Add) => "have",
            _ => "lost their old",
        };
        page.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Processed:N0} keys looked at in {result.Elapsed.TotalSeconds:N1} s: {result.Succeeded:N0} {what} wrap{(options.Phase == RewrapPhase.Add ? $" under {options.To}" : "s")}, {failed:N0} failed."));
        if (result.Failures.Count > 0)
        {
            page.Table(
                ["KEY", "TENANT", "WHY"],
                result.Failures.Select(static failure => (IReadOnlyList<string?>)[failure.KeyId.ToString(), failure.Tenant.Length == 0 ? null : failure.Tenant, failure.Reason]));
            page.Line("They keep their old wraps. Mend the cause and run the same command again.");
        }
        else if (options.DryRun)
        {
            page.Line("Nothing was done.");
        }
        else if (options.Phase == RewrapPhase.Add)
        {
            page.Line($"Once every node has unwrapped through it: columncrypt rewrap --to {options.To} --drop");
        }
    }
}
