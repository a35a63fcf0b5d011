using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class CancelShred()
    : ShredVerb(
        "cancel",
        "Cancels a scheduled shred: the tenant is readable again, bit for bit.",
        "columncrypt shred cancel acme --reason \"contract renewed\"")
{
    protected override string Would => "would be readable again.";

    protected override string? Objection(TenantInfo tenant) =>
        tenant.State == TenantState.ShredScheduled ? null : $"is {tenant.State}: no shred is scheduled";

    protected override Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken) =>
        keys.CancelShredAsync(tenant, reason!, cancellationToken);
}
