using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Looks through the entries of one save: refuses those of another tenant, and counts the uses of each key.</summary>
internal static class SaveCheck
{
    public static RingNeeds NeedsOf(IList<IUpdateEntry> entries, ContextScope scope)
    {
        var needs = new RingNeeds();
        string? tenant = null;
        TrackedOwners? owners = null;
        var plans = default(RecentPlan);
        foreach (var entry in entries)
        {
            var plan = plans.Of(entry.EntityType);
            if (plan.Tenant is { } rowTenant)
            {
                rowTenant.Check(entry, tenant ??= scope.Tenant.Get());
            }

            if (plan.OwnersTenant is { } ownersTenant && (owners ??= new TrackedOwners(scope.Context)).RootOf(entry.ToEntityEntry()) is { } owner)
            {
                ownersTenant.Check(owner, tenant ??= scope.Tenant.Get());
            }

            if (entry.EntityState is EntityState.Added or EntityState.Modified)
            {
                plan.Count(entry, needs);
            }
        }

        return needs;
    }
}
