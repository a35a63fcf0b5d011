using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class ReleaseTenant()
    : ShredVerb(
        "release",
        "Ends a legal hold. A shred that is due can go on from then.",
        "columncrypt shred release acme --reason \"case 7/26 is closed\"")
{
    protected override string Would => "would be released from its hold.";

    protected override string? Objection(TenantInfo tenant) => tenant.Hold is null ? "is not on hold" : null;

    protected override Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken) =>
        keys.ReleaseAsync(tenant, reason!, cancellationToken);
}
