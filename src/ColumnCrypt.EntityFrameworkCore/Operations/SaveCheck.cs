using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Looks through the entries of one save: refuses those of another tenant, and counts the uses of each key.</summary>
internal static class SaveCheck
{
    public static RingNeeds NeedsOf(IList<IUpdateEntry> entries, ContextScope scope)
    {
        var needs = new RingNeeds();
        var across = scope.Tenant.Across;
        string? tenant = null;
        TrackedOwners? owners = null;
        var plans = default(RecentPlan);
        foreach (var entry in entries)
        {
            var plan = plans.Of(entry.EntityType);
            if (plan.Tenant is { } rowTenant)
            {
                rowTenant.Check(entry, tenant ??= across is null ? scope.Tenant.Get() : Among(across, entry.EntityType, rowTenant.Of(entry)));
            }

            if (plan.OwnersTenant is { } ownersTenant && (owners ??= new TrackedOwners(scope.Context)).RootOf(entry.ToEntityEntry()) is { } owner)
            {
                ownersTenant.Check(owner, tenant ??= across is null ? scope.Tenant.Get() : Among(across, entry.EntityType, ownersTenant.Of(owner)));
            }

            if (entry.EntityState is EntityState.Added or EntityState.Modified && plan.Count(entry, needs)
                && across is not null && plan is { Tenant: null, OwnersTenant: null })
            {
                throw NoTenant(entry.EntityType, across);
            }
        }

        scope.Tenant.Saved = across is null ? null : tenant;

        return needs;
    }

    // The first row says whose rows are saved.
    private static string Among(CrossTenantAccess access, IEntityType type, string tenant) => access.Includes(tenant)
        ? tenant
        : throw new TenantMismatchException(
            $"A {type.DisplayName()} of tenant '{tenant}' is saved by a context that reads across {access.Tenants.Count} tenants, and it is none of them. Name it too, or save it with a context of its own.");

    private static TenantNotSetException NoTenant(IEntityType type, CrossTenantAccess access) => new(
        $"A {type.DisplayName()} is saved by a context that reads across {access.Tenants.Count} tenants, and nothing says whose it is. "
        + $"Say which property holds the tenant, modelBuilder.Entity<{type.DisplayName()}>().HasTenant(x => x.TenantId), or save it with a context of one tenant.");
}
