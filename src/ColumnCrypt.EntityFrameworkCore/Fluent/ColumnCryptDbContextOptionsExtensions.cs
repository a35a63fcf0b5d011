using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Options;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Switches encryption on for a context. Call it after the provider's own <c>Use…</c> method.</summary>
/// <remarks>
/// EF's debug events that may carry plaintext are not logged for such a context: <c>PropertyChangeDetected</c>,
/// <c>ComplexElementPropertyChangeDetected</c>, <c>QueryCompilationStarting</c> and <c>QueryExecutionPlanned</c>.
/// </remarks>
public static class ColumnCryptDbContextOptionsExtensions
{
    /// <summary>Encrypts for one tenant, <c>default</c>, or for the one that <c>db.UseTenant(id)</c> sets.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="name">The name given to <c>AddColumnCrypt</c>; "" for the default instance.</param>
    public static DbContextOptionsBuilder UseColumnCrypt(this DbContextOptionsBuilder builder, string name = "") =>
        Add(builder, null, null, name);

    /// <summary>Encrypts for one tenant, <c>default</c>, or for the one that <c>db.UseTenant(id)</c> sets.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="instance">The instance, where there is no dependency injection.</param>
    public static DbContextOptionsBuilder UseColumnCrypt(this DbContextOptionsBuilder builder, ColumnCryptInstance instance) =>
        Add(builder, null, NotNull(instance), "");

    /// <summary>Encrypts for the tenant that a delegate reads from the context, anew for each operation; <c>db.UseTenant(id)</c> goes before it.</summary>
    /// <typeparam name="TContext">The type of the context.</typeparam>
    /// <param name="builder">The options.</param>
    /// <param name="tenant">Gives the tenant id: a string, Guid, int or long; null where none is set yet.</param>
    /// <param name="name">The name given to <c>AddColumnCrypt</c>; "" for the default instance.</param>
    public static DbContextOptionsBuilder UseColumnCrypt<TContext>(this DbContextOptionsBuilder builder, Func<TContext, object?> tenant, string name = "")
        where TContext : DbContext => Add(builder, Untyped(tenant), null, name);

    /// <summary>Encrypts for the tenant that a delegate reads from the context, anew for each operation; <c>db.UseTenant(id)</c> goes before it.</summary>
    /// <typeparam name="TContext">The type of the context.</typeparam>
    /// <param name="builder">The options.</param>
    /// <param name="tenant">Gives the tenant id: a string, Guid, int or long; null where none is set yet.</param>
    /// <param name="instance">The instance, where there is no dependency injection.</param>
    public static DbContextOptionsBuilder UseColumnCrypt<TContext>(this DbContextOptionsBuilder builder, Func<TContext, object?> tenant, ColumnCryptInstance instance)
        where TContext : DbContext => Add(builder, Untyped(tenant), NotNull(instance), "");

    /// <inheritdoc cref="UseColumnCrypt(DbContextOptionsBuilder, string)"/>
    public static DbContextOptionsBuilder<TContext> UseColumnCrypt<TContext>(this DbContextOptionsBuilder<TContext> builder, string name = "")
        where TContext : DbContext => Typed(builder, b => b.UseColumnCrypt(name));

    /// <inheritdoc cref="UseColumnCrypt(DbContextOptionsBuilder, ColumnCryptInstance)"/>
    public static DbContextOptionsBuilder<TContext> UseColumnCrypt<TContext>(this DbContextOptionsBuilder<TContext> builder, ColumnCryptInstance instance)
        where TContext : DbContext => Typed(builder, b => b.UseColumnCrypt(instance));

    /// <inheritdoc cref="UseColumnCrypt{TContext}(DbContextOptionsBuilder, Func{TContext, object}, string)"/>
    public static DbContextOptionsBuilder<TContext> UseColumnCrypt<TContext>(this DbContextOptionsBuilder<TContext> builder, Func<TContext, object?> tenant, string name = "")
        where TContext : DbContext => Typed(builder, b => b.UseColumnCrypt(tenant, name));

    /// <inheritdoc cref="UseColumnCrypt{TContext}(DbContextOptionsBuilder, Func{TContext, object}, ColumnCryptInstance)"/>
    public static DbContextOptionsBuilder<TContext> UseColumnCrypt<TContext>(this DbContextOptionsBuilder<TContext> builder, Func<TContext, object?> tenant, ColumnCryptInstance instance)
        where TContext : DbContext => Typed(builder, b => b.UseColumnCrypt(tenant, instance));

    private static DbContextOptionsBuilder Add(DbContextOptionsBuilder builder, Func<DbContext, object?>? tenant, ColumnCryptInstance? instance, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);

        // Into the first two EF writes property values where sensitive-data logging is on; into the others, always, the constants of a query.
        builder.ConfigureWarnings(static warnings => warnings.Ignore(
            CoreEventId.PropertyChangeDetected,
            CoreEventId.ComplexElementPropertyChangeDetected,
            CoreEventId.QueryCompilationStarting,
            CoreEventId.QueryExecutionPlanned));
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(new ColumnCryptOptionsExtension(tenant, instance, name));
        return builder;
    }

    private static DbContextOptionsBuilder<TContext> Typed<TContext>(DbContextOptionsBuilder<TContext> builder, Action<DbContextOptionsBuilder> use)
        where TContext : DbContext
    {
        use(builder);
        return builder;
    }

    private static Func<DbContext, object?> Untyped<TContext>(Func<TContext, object?> tenant)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return context => context is TContext typed
            ? tenant(typed)
            : throw new InvalidOperationException($"UseColumnCrypt<{typeof(TContext).Name}> was given for a context of type {context.GetType().Name}.");
    }

    private static ColumnCryptInstance NotNull(ColumnCryptInstance instance) => instance ?? throw new ArgumentNullException(nameof(instance));
}
