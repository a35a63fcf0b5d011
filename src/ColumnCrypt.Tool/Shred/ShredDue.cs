using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class ShredDue()
    : Verb(
        "due",
        "Destroys the keys of the tenants whose scheduled shred is due and not on hold. For a timer: with --yes.",
        "columncrypt shred due --yes",
        "columncrypt shred due --dry-run --json")
{
    public override string WhenInterrupted => "What is destroyed stays destroyed.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        if (!call.IsDryRun)
        {
            Confirmation.Demand(call, "The keys of every tenant whose shred is due will be destroyed.", "due");
        }

        var keys = call.IsDryRun ? call.Open() : call.OpenToShred();
        if (call.IsDryRun)
        {
            var now = call.Environment.Time.GetUtcNow();
            var due = await keys.ListTenantsAsync(cancellationToken)
                .Where(tenant => tenant is { State: TenantState.ShredScheduled, Hold: null } && tenant.ShredDueAt <= now).ToListAsync(cancellationToken).ConfigureAwait(false);
            return Plan.Answer($"The keys of {due.Count} tenants would be destroyed{(due.Count == 0 ? "" : ": " + string.Join(", ", due.Select(static tenant => tenant.Tenant)))}.", due);
        }

        var shredded = await keys.ShredDueAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(new { Shredded = shredded }, page =>
        {
            page.Line(shredded.Count == 0 ? "No shred is due." : "Shredded:");
            foreach (string tenant in shredded)
            {
                page.Line(tenant);
            }
        });
    }
}
