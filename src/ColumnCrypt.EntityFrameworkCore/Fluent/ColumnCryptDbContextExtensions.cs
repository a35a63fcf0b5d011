using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
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
