using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>What every store demands of the rows given to it, whatever its database.</summary>
internal static class StoreArguments
{
    public static void Check(NewKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Key.Tenant != (key.Tenant?.Tenant ?? ""))
        {
            throw new ArgumentException("The key and the tenant's row name different tenants.", nameof(key));
        }

        if (key.Wraps.Count == 0 || key.Wraps.Any(wrap => wrap.KeyId != key.Key.KeyId))
        {
            throw new ArgumentException("A new key comes with at least one wrap, and only with its own.", nameof(key));
        }
    }

    public static void Check(KeyChange change, long generation)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.Tenant.Generation != generation)
        {
            throw new ArgumentException("A change writes the tenant's row with the generation that was drawn for it.", nameof(change));
        }

        if (change.Keys.Any(key => key.Tenant != change.Tenant.Tenant))
        {
            throw new ArgumentException("A change covers the keys of one tenant.", nameof(change));
        }
    }

    public static void CheckUses(long uses) => ArgumentOutOfRangeException.ThrowIfLessThan(uses, 1);

    /// <exception cref="TenantShreddedException"><paramref name="state"/> is not Active.</exception>
    public static void DemandActive(string tenant, TenantState state)
    {
        if (state != TenantState.Active)
        {
            throw new TenantShreddedException(
                state == TenantState.Shredded
                    ? $"Tenant '{tenant}' is shredded: its keys are destroyed and its id is never used again. Give a returning customer a new id."
                    : $"Tenant '{tenant}' is scheduled for shredding and gets no new key. Cancel the shred first if the tenant stays.");
        }
    }
}
