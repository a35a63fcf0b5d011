using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Tenants;

internal sealed class ListTenants : Verb
{
    private readonly Option<TenantState?> _state = new("--state") { Description = "Only tenants in this state." };

    public ListTenants()
        : base(
            "list",
            "Lists the tenants, ordered by id.",
            "columncrypt tenants list",
            "columncrypt tenants list --state ShredScheduled --json") => Options.Add(_state);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var state = call.Value(_state);
        await ListWriter.WriteAsync(
            call,
            call.Open().ListTenantsAsync(cancellationToken).Where(tenant => state is null || tenant.State == state),
            ["TENANT", "STATE", "CREATED", "HOLD", "SHRED DUE"],
            static tenant => [tenant.Tenant, tenant.State.ToString(), TextPage.Time(tenant.CreatedAt), tenant.Hold is null ? null : "yes", TextPage.Time(tenant.ShredDueAt)])
            .ConfigureAwait(false);
        return null;
    }
}
