using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Tenancy;

/// <summary>Knows the tenant of one context: what <c>UseTenant</c> set, else what the delegate says now, else the only one. Not thread-safe.</summary>
internal sealed class TenantSource(IEncryptionSettings settings, DbContext context)
{
    private string? _set;
    private object? _lastId;
    private string? _lastTenant;

    /// <summary>True where rows of several tenants may share a table.</summary>
    public bool IsMultiTenant => settings.Tenant is not null || _set is not null;

    public void Set(object tenant) => _set = TenantId.From(tenant);

    public void Clear() => _set = null;

    /// <summary>The tenant now, or null where none is set.</summary>
    public string? Find()
    {
        if (_set is not null)
        {
            return _set;
        }

        if (settings.Tenant is not { } tenantOf)
        {
            return TenantId.Default;
        }

        object? id = tenantOf(context);
        if (id is null or "")
        {
            return null;
        }

        if (!ReferenceEquals(id, _lastId))
        {
            _lastTenant = TenantId.From(id);
            _lastId = id;
        }

        return _lastTenant;
    }

    /// <summary>The tenant now.</summary>
    /// <exception cref="TenantNotSetException">None is set.</exception>
    public string Get() => Find() ?? TenantId.From(null);
}
