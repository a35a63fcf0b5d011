using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class HoldTenant()
    : ShredVerb(
        "hold",
        "Puts a tenant under a legal hold: while it lasts, its keys are not destroyed, due or not.",
        "columncrypt shred hold acme --reason \"case 7/26\"")
{
    protected override string Would => "would be under a legal hold.";

    protected override string? Objection(TenantInfo tenant) =>
        tenant.State == TenantState.Shredded ? "is Shredded: nothing is left to hold" : tenant.Hold is { } hold ? $"is on hold already: {hold}" : null;

    protected override Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken) =>
        keys.HoldAsync(tenant, reason!, cancellationToken);
}
