using System.CommandLine;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class ScheduleShred : ShredVerb
{
    private readonly Option<TimeSpan?> _grace = Durations.Option("--grace", "How long the tenant can be brought back. Default: 7d.");

    public ScheduleShred()
        : base(
            "schedule",
            "Schedules the destruction of a tenant's keys. Until then the tenant is unreadable, and can be brought back.",
            "columncrypt shred schedule acme --grace 30d --reason \"contract ended\"") => Options.Add(_grace);

    protected override string Would => "would be unreadable at once, and its keys destroyed after the grace.";

    protected override string Consequence => "it will be unreadable within the revocation bound, and its keys will be destroyed after the grace.";

    protected override string? Objection(TenantInfo tenant) => tenant.State == TenantState.Active ? null : $"is {tenant.State} already";

    protected override Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken) =>
        keys.ScheduleShredAsync(tenant, reason!, call.Value(_grace), cancellationToken);
}
