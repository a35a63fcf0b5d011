using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class ShredNow()
    : ShredVerb(
        "now",
        "Destroys the keys of a tenant at once. Its rows are unreadable for good, but for a backup of the key tables.",
        "columncrypt shred now acme --yes --reason \"contract ended, grace waived\"",
        demandsReason: false)
{
    protected override string Would => "would lose all its keys, for good.";

    protected override bool Destroys => true;

    protected override string Consequence => "its keys will be destroyed now. There is no way back but a backup of the key tables.";

    protected override string? Objection(TenantInfo tenant) =>
        tenant.State == TenantState.Shredded ? "is Shredded already" : tenant.Hold is { } hold ? $"is under a legal hold: {hold}" : null;

    protected override async Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken)
    {
        await keys.ShredNowAsync(tenant, cancellationToken, reason).ConfigureAwait(false);
        return await Lookup.TenantAsync(keys, tenant, cancellationToken).ConfigureAwait(false);
    }
}
