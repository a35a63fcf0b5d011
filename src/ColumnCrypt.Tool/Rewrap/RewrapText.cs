using System.Globalization;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Rewrap;

/// <summary>The summary of a rewrap.</summary>
internal static class RewrapText
{
    public static Answer Answer(RewrapResult result, RewrapOptions options)
    {
        // A dry run counts as succeeded what needs nothing any more.
        long other = result.Processed - result.Succeeded;
        var view = new RewrapView(
            options.DryRun, result.Processed, result.Succeeded, options.DryRun ? 0 : other, options.DryRun ? other : 0, result.Elapsed, result.Failures, result.Job is null ? null : JobView.Of(result.Job));
        return new Answer(view, page => Write(page, view, options), view.Failed == 0 && view.Failures.Count == 0);
    }

    private static void Write(TextPage page, RewrapView view, RewrapOptions options)
    {
        bool adds = options.Phase == RewrapPhase.Add;
        if (view.DryRun)
        {
            page.Line($"Dry run: {TextPage.Number(view.Remaining)} of {TextPage.Number(view.Processed)} keys would {(adds ? $"get a wrap under {options.To}" : "lose their old wraps, were their new one verified")}. Nothing was done.");
            return;
        }

        string done = adds ? $"have a verified wrap under {options.To}" : $"have no wrap under {options.From ?? "another KEK"} any more, or no new one yet";
        page.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{view.Processed:N0} keys in {view.Elapsed.TotalSeconds:N1} s: {view.Succeeded:N0} {done}, {view.Failed:N0} failed."));
        if (view.Failures.Count > 0)
        {
            page.Table(
                ["KEY", "TENANT", "WHY"],
                view.Failures.Select(static failure => (IReadOnlyList<string?>)[failure.KeyId.ToString(), failure.Tenant.Length == 0 ? null : failure.Tenant, failure.Reason]));
            page.Line("They keep their old wraps. Mend the cause and run the same command again.");
        }
        else if (adds && options.From != options.To)
        {
            page.Line($"Once every node has unwrapped through it: columncrypt rewrap --to {options.To} --drop");
        }
    }
}
