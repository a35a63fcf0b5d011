using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Knows which tenant a row belongs to, from the property that <c>HasTenant</c> names. Thread-safe.</summary>
internal sealed class RowTenant(IProperty property)
{
    /// <summary>The tenant of an entry.</summary>
    public string Of(IUpdateEntry entry) => TenantId.From(IdOf(entry.GetCurrentValue(property)));

    /// <summary>The tenant of the owner of an entry.</summary>
    public string Of(EntityEntry owner) => TenantId.From(IdOf(owner.CurrentValues[property]));

    /// <summary>Refuses an entry that is, or was when it was read, another tenant's.</summary>
    /// <exception cref="TenantMismatchException">It is.</exception>
    public void Check(IUpdateEntry entry, string tenant)
    {
        Check(entry.GetCurrentValue(property), tenant);
        if (entry.EntityState is EntityState.Modified or EntityState.Deleted && entry.CanHaveOriginalValue(property))
        {
            Check(entry.GetOriginalValue(property), tenant);
        }
    }

    /// <summary>As the other one, for the owner of an entry that is saved.</summary>
    /// <exception cref="TenantMismatchException">It is.</exception>
    public void Check(EntityEntry owner, string tenant)
    {
        Check(owner.CurrentValues[property], tenant);
        Check(owner.OriginalValues[property], tenant);
    }

    private object? IdOf(object? value) => value is null ? null : property.GetTypeMapping().Converter?.ConvertToProvider(value) ?? value;

    private void Check(object? value, string tenant)
    {
        object? id = IdOf(value);
        if (id is null or "" || !string.Equals(TenantId.From(id), tenant, StringComparison.Ordinal))
        {
            throw new TenantMismatchException(
                $"A {property.DeclaringType.DisplayName()} of {(id is null or "" ? "no tenant" : $"tenant '{TenantId.From(id)}'")} is saved by a context of tenant '{tenant}'. "
                + $"Set {Purposes.Describe(property)} to the context's tenant, or save with a context of the row's tenant.");
        }
    }
}
