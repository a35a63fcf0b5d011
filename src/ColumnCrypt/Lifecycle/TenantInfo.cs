using ColumnCrypt.Metadata;

namespace ColumnCrypt.Lifecycle;

/// <summary>What the key tables say of one tenant, its mac checked.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="State">The state.</param>
/// <param name="CreatedAt">When it was first seen.</param>
/// <param name="Hold">The reason of a legal hold, or null.</param>
/// <param name="ShredScheduledAt">When its shred was scheduled, or null.</param>
/// <param name="ShredDueAt">When it is due, or null.</param>
/// <param name="ShreddedAt">When its keys were destroyed, or null.</param>
/// <param name="OwnKek">The URI of the KEK that is its own (bring your own key), or null where it has the application's.</param>
public sealed record TenantInfo(
    string Tenant,
    TenantState State,
    DateTimeOffset CreatedAt,
    string? Hold,
    DateTimeOffset? ShredScheduledAt,
    DateTimeOffset? ShredDueAt,
    DateTimeOffset? ShreddedAt,
    string? OwnKek = null);
