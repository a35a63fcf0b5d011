using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Reads the states of a context's adopted columns, before an operation that reads or writes them. Stateless, thread-safe.</summary>
internal static class AdoptionReading
{
    /// <exception cref="KeyUnavailableException">The manifest cannot be read now.</exception>
    public static async ValueTask<AdoptionModes> ReadAsync(ContextScope scope, CancellationToken cancellationToken)
    {
        await PrepareAsync(scope, cancellationToken).ConfigureAwait(false);
        return Known(scope);
    }

    /// <summary>Lets <see cref="Known"/> answer; done at once where nothing is to be read.</summary>
    /// <exception cref="KeyUnavailableException">The manifest cannot be read now.</exception>
    public static async ValueTask PrepareAsync(ContextScope scope, CancellationToken cancellationToken)
    {
        foreach (string tenant in TenantsOf(scope))
        {
            await scope.Instance.PrepareAdoptionsAsync(tenant, ColumnManifest.DatabaseOf(scope, tenant), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Blocks where the manifest has not been read for some time.</summary>
    /// <exception cref="KeyUnavailableException">The manifest cannot be read now.</exception>
    public static AdoptionModes Read(ContextScope scope)
    {
        foreach (string tenant in TenantsOf(scope))
        {
            scope.Instance.PrepareAdoptions(tenant, ColumnManifest.DatabaseOf(scope, tenant));
        }

        return Known(scope);
    }

    /// <summary>The states, without waiting.</summary>
    public static AdoptionModes Known(ContextScope scope)
    {
        var columns = AdoptedColumns.Of(scope.Context.Model).All;
        return scope.Adoptions = new AdoptionModes(
            columns,
            [.. columns.Select(c => Find(scope, c, TenantOf(scope, c)))],
            scope.Instance);
    }

    private static ColumnAdoption? Find(ContextScope scope, AdoptedColumn column, string tenant) =>
        scope.Instance.FindAdoption(tenant, ColumnManifest.DatabaseOf(scope, tenant), column.Schema, column.Table, column.Column, column.Purpose);

    private static IEnumerable<string> TenantsOf(ContextScope scope) => AdoptedColumns.Of(scope.Context.Model).All.Select(c => TenantOf(scope, c)).Distinct(StringComparer.Ordinal);

    private static string TenantOf(ContextScope scope, AdoptedColumn column) => column.Tenant ?? scope.Tenant.OfKeyStore();
}
