using System.Globalization;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Rows;

/// <summary>The summary of a re-encryption.</summary>
internal static class ReencryptText
{
    public static void Write(TextPage page, ReencryptView view)
    {
        page.Line(view.DryRun
            ? string.Create(CultureInfo.InvariantCulture, $"Dry run: {view.Processed:N0} values would be moved, in about {view.Estimate!.Value.TotalSeconds:N0} s. Nothing was done.")
            : string.Create(CultureInfo.InvariantCulture, $"{view.Processed:N0} rows in {view.Elapsed.TotalSeconds:N1} s: {view.Changed:N0} moved, {view.Failures.Count:N0} left as they are, {view.Conflicts:N0} read again because others wrote them."));
        FailureText.Write(page, view.Failures);
        if (view.Left.Count > 0)
        {
            page.Table(
                ["KEY", "TENANT", "STATE", "VALUES", "WHY"],
                view.Left.Select(static one => (IReadOnlyList<string?>)[one.KeyId.ToString(), one.Tenant.Length == 0 ? null : one.Tenant, one.State?.ToString(), TextPage.Number(one.Values), one.Skipped]));
        }

        foreach (var keyId in view.Emptied)
        {
            page.Line($"No value is under key {keyId} any more: columncrypt keys destroy {keyId}");
        }

        if (view.ColumnsElsewhere > 0)
        {
            page.Line($"{TextPage.Number(view.ColumnsElsewhere)} columns of the manifest are in other databases: run it there too, before a key is destroyed.");
        }
    }
}
