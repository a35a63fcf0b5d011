using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Tenancy;

/// <summary>Knows the tenant of one context: what <c>UseTenant</c> set, else what the delegate says now, else the only one. While the context reads across
/// tenants it has none, but while it saves, when it is that of the rows. Not thread-safe.</summary>
internal sealed class TenantSource(IEncryptionSettings settings, DbContext context)
{
    private string? _set;
    private object? _lastId;
    private string? _lastTenant;

    /// <summary>True where rows of several tenants may share a table.</summary>
    public bool IsMultiTenant => settings.Tenant is not null || _set is not null || Across is not null;

    /// <summary>The tenants whose rows the context reads, where they are several; else null.</summary>
    public CrossTenantAccess? Across { get; private set; }

    /// <summary>While a context that reads across tenants saves: the tenant of the rows.</summary>
    public string? Saved { get; set; }

    public void Set(object tenant)
    {
        string id = TenantId.From(tenant);
        _set = Across is null ? id : throw new InvalidOperationException("This context reads across tenants. Dispose what AcrossTenants returned before UseTenant is called.");
    }

    /// <summary>Starts to read across tenants.</summary>
    public void Open(CrossTenantAccess access) => Across = access;

    /// <summary>Ends what <see cref="Open"/> began; false where it has ended before.</summary>
    public bool Close(CrossTenantAccess access)
    {
        bool isOpen = ReferenceEquals(Across, access);
        Across = isOpen ? null : Across;
        return isOpen;
    }

    public void Clear()
    {
        _set = null;
        Across = null;
        Saved = null;
    }

    /// <summary>The tenant now, or null where none is set.</summary>
    public string? Find()
    {
        if (Across is not null)
        {
            return Saved;
        }

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
    public string Get() => Find() ?? (Across is null ? TenantId.From(null) : throw new TenantNotSetException(
        $"The context reads across {Across.Tenants.Count} tenants, and what it is to do now needs one. Dispose what AcrossTenants returned, and set one with UseTenant."));

    /// <summary>True where a tenant is given, or <see cref="OfKeyStore"/> has an answer.</summary>
    public bool IsKnown(string? tenant) => (tenant ?? Find()) is not null || Across is not null;

    /// <summary>The tenant that says which key store has the manifest: across tenants, one of them.</summary>
    /// <exception cref="TenantNotSetException">None is set.</exception>
    public string OfKeyStore() => Find() ?? Across?.Tenants.First() ?? Get();
}
