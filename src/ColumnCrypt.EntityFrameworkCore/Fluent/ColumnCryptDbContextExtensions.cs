using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What a context can be told and asked about its encryption.</summary>
public static class ColumnCryptDbContextExtensions
{
    /// <summary>Sets the tenant of this context, until it is set again, disposed or returned to its pool.</summary>
    /// <typeparam name="TContext">The type of the context.</typeparam>
    /// <param name="context">The context.</param>
    /// <param name="tenant">A string, Guid, int or long.</param>
    /// <returns><paramref name="context"/>.</returns>
    public static TContext UseTenant<TContext>(this TContext context, object tenant)
        where TContext : DbContext
    {
        ContextScope.Demand(context).Tenant.Set(tenant);
        return context;
    }

    /// <summary>
    /// Lets this context read the rows of several tenants, on purpose, until what is returned is disposed or the context is returned to its pool. Logged
    /// with the reason, and counted. Does no I/O: each operation awaits the rings of all these tenants before it starts.
    /// </summary>
    /// <remarks>
    /// <para>A row of any other tenant is refused with a <see cref="TenantMismatchException"/>, before any plaintext exists. Which rows are read is the
    /// query's affair: filter by tenant, and leave a query filter for one tenant out with <c>IgnoreQueryFilters</c>.</para>
    /// <para>Rows that are saved say by the property of <c>HasTenant</c> whose they are: one tenant per <c>SaveChanges</c>, and one that is named here. Blind
    /// indexes cannot be asked, for each tenant has index values of its own. A value that somebody moved from a row of one of these tenants to
    /// a row of another is not noticed, as it is in a context of one tenant.</para>
    /// </remarks>
    /// <typeparam name="TTenant">string, Guid, int or long.</typeparam>
    /// <param name="context">The context.</param>
    /// <param name="reason">Why, for the log: at most 200 characters, and no personal data.</param>
    /// <param name="tenantIds">The tenants; at least one.</param>
    /// <returns>Ends it when disposed.</returns>
    /// <exception cref="InvalidOperationException">The context reads across tenants already.</exception>
    public static IDisposable AcrossTenants<TTenant>(this DbContext context, string reason, IEnumerable<TTenant> tenantIds)
        where TTenant : notnull
    {
        ArgumentNullException.ThrowIfNull(tenantIds);
        var scope = ContextScope.Demand(context);
        if (scope.Tenant.Across is { } open)
        {
            throw new InvalidOperationException($"This context reads across {open.Tenants.Count} tenants already. Dispose what AcrossTenants returned first.");
        }

        var access = scope.Instance.AcrossTenants(reason, tenantIds.Select(static id => TenantId.From(id)));
        scope.Tenant.Open(access);
        return new AcrossTenantsScope(scope, access);
    }

    /// <summary>
    /// Waits for the keys of the context's tenant and of every constant tenant of its model, so that synchronous calls that follow
    /// do not block on them.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="values">How many values are about to be written synchronously; 0 where they are only read.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TenantNotSetException">No tenant is set.</exception>
    /// <exception cref="KeyUnavailableException">The keys cannot be had now.</exception>
    public static async Task UnlockAsync(this DbContext context, long values = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(values);
        var scope = ContextScope.Demand(context);
        var needs = new RingNeeds();
        foreach (string? tenant in EncryptionAnnotations.AllProperties(context.Model)
                     .Where(EncryptionAnnotations.IsEncrypted)
                     .Select(static property => EncryptionAnnotations.ConstantTenantOf(property.DeclaringType))
                     .Distinct())
        {
            needs.Add(tenant, values);
        }

        await scope.BeginAsync(needs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The report: every column of the context's model that holds ciphertext.</summary>
    /// <param name="database">The context's database.</param>
    public static IReadOnlyList<EncryptedColumn> GetEncryptedColumns(this DatabaseFacade database)
    {
        ArgumentNullException.ThrowIfNull(database);
        var context = database.GetService<ICurrentDbContext>().Context;
        ContextScope.Demand(context);
        return
        [
            .. EncryptedColumns.Of(context.Model).Select(static column => new EncryptedColumn(
                column.Mapping.TableMapping.Table.Schema,
                column.Mapping.TableMapping.Table.Name,
                column.Mapping.Column.Name,
                column.Property.ClrType,
                EncryptionAnnotations.PurposeOf(column.Property)!,
                EncryptionAnnotations.MaxLengthOf(column.Property),
                EncryptedColumns.IndexColumnsOf(column.Property, column.Mapping).FirstOrDefault().Name)),
        ];
    }
}
