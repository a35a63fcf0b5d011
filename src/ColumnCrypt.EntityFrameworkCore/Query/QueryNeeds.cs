using System.ComponentModel;
using System.Globalization;
using System.Text;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// What a compiled query tells its context each time it runs, before EF's execution strategy: EF evaluates these calls as
/// runtime parameters. Public because compiled queries call them; not meant to be called by applications.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class QueryNeeds
{
    /// <summary>Announces that the query reads.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="tenants">The constant tenants it reads, and null for the context's own.</param>
    public static bool Reads(QueryContext context, string?[] tenants)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(tenants);
        var scope = ContextWindow.Current.ScopeOf(context.Context);
        foreach (string? tenant in tenants)
        {
            scope.Announce(tenant, 0);
        }

        return true;
    }

    /// <summary>Announces that the query writes parameters.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="tenants">For each parameter, its constant tenant, or null for the context's own.</param>
    /// <param name="parameters">The names of the parameters.</param>
    public static bool Writes(QueryContext context, string?[] tenants, string[] parameters)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(tenants);
        ArgumentNullException.ThrowIfNull(parameters);
        var scope = ContextWindow.Current.ScopeOf(context.Context);
        for (var i = 0; i < parameters.Length; i++)
        {
            scope.Announce(tenants[i], EncryptedValue.UsesOf(context.Parameters.GetValueOrDefault(parameters[i]) switch
            {
                string text => Encoding.UTF8.GetByteCount(text),
                byte[] bytes => bytes.Length,
                _ => 0,
            }));
        }

        return true;
    }

    /// <summary>Announces that the query compares or writes blind indexes.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="tenants">For each index, its constant tenant, or null for the context's own.</param>
    /// <param name="versions">For each index, its version.</param>
    /// <param name="written">True where they are written.</param>
    public static bool Indexes(QueryContext context, string?[] tenants, int[] versions, bool written)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(tenants);
        ArgumentNullException.ThrowIfNull(versions);
        var scope = ContextWindow.Current.ScopeOf(context.Context);
        for (var i = 0; i < tenants.Length; i++)
        {
            if (tenants[i] is null && scope.Tenant.Across is not null)
            {
                throw new EncryptedQueryException(
                    "The query asks a blind index while its context reads across tenants: each tenant's index values are others. "
                    + "Ask tenant by tenant, with UseTenant, or compare in memory, after AsEnumerable() or ToListAsync().");
            }

            scope.Announce(tenants[i], written ? new IndexVersions([versions[i]], []) : new IndexVersions([], [versions[i]]));
        }

        return true;
    }

    /// <summary>The value of a parameter of the query.</summary>
    /// <typeparam name="T">The type of the parameter.</typeparam>
    /// <param name="context">EF's query context.</param>
    /// <param name="name">The name of the parameter.</param>
    public static T Value<T>(QueryContext context, string name)
    {
        ArgumentNullException.ThrowIfNull(context);
        return (T)context.Parameters[name]!;
    }

    /// <summary>Refuses a bulk update that would write one tenant's ciphertext into the rows of all.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="entityType">The name of the entity type.</param>
    /// <exception cref="EncryptedQueryException">The context serves several tenants.</exception>
    public static bool OneTenantOnly(QueryContext context, string entityType)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ContextWindow.Current.ScopeOf(context.Context).Tenant.IsMultiTenant
            ? throw new EncryptedQueryException(
                $"ExecuteUpdate sets an encrypted property of {entityType}, whose rows may belong to any tenant. "
                + $"Say which property holds the tenant, modelBuilder.Entity<{entityType}>().HasTenant(x => x.TenantId), so that only this tenant's rows are updated.")
            : true;
    }

    /// <summary>The context's tenant, as the property that holds a row's tenant has it.</summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="context">EF's query context.</param>
    /// <param name="entityType">The name of the entity type.</param>
    /// <param name="property">The name of the property.</param>
    public static T Tenant<T>(QueryContext context, string entityType, string property)
    {
        ArgumentNullException.ThrowIfNull(context);
        string tenant = ContextWindow.Current.ScopeOf(context.Context).Tenant.Get();
        var converter = context.Context.Model.FindEntityType(entityType)!.FindProperty(property)!.GetTypeMapping().Converter;
        object id = Parse(tenant, converter?.ProviderClrType ?? typeof(T));
        return (T)(converter is null ? id : converter.ConvertFromProvider(id)!);
    }

    private static object Parse(string tenant, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? tenant
            : type == typeof(Guid) && Guid.TryParse(tenant, out var guid) ? guid
            : type == typeof(int) && int.TryParse(tenant, CultureInfo.InvariantCulture, out int number) ? number
            : type == typeof(long) && long.TryParse(tenant, CultureInfo.InvariantCulture, out long big) ? big
            : throw new TenantMismatchException($"The context's tenant '{tenant}' is no {type.Name}, as the property of HasTenant is.");
    }
}
