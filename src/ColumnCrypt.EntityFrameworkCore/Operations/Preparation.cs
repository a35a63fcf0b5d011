using ColumnCrypt.EntityFrameworkCore.Runtime;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// What happens before an operation reads or writes ciphertext: the keys are there, what it writes is in the manifest, and what it reads, or sets to NULL, is
/// not plaintext again.
/// </summary>
internal static class Preparation
{
    public static async ValueTask RunAsync(ContextScope scope, RingNeeds needs, CancellationToken cancellationToken)
    {
        IndexCheck.Run(scope, needs);
        await scope.BeginAsync(needs, cancellationToken).ConfigureAwait(false);
        foreach (string? writer in needs.Writers)
        {
            string tenant = writer ?? scope.Tenant.Get();
            var (database, columns) = ColumnManifest.Of(scope, tenant);
            await scope.Instance.RegisterColumnsAsync(tenant, database, columns, LoneCiphertext.In(scope), cancellationToken).ConfigureAwait(false);
        }

        foreach (string? reader in needs.Readers)
        {
            await ReadCheck.RunAsync(scope, reader, cancellationToken).ConfigureAwait(false);
        }

        foreach (string? tenant in needs.Emptied.Where(tenant => scope.Tenant.IsKnown(tenant)))
        {
            await ReadCheck.RunAsync(scope, tenant, cancellationToken).ConfigureAwait(false);
        }
    }

    public static void Run(ContextScope scope, RingNeeds needs)
    {
        IndexCheck.Run(scope, needs);
        scope.Begin(needs);
        foreach (string? writer in needs.Writers)
        {
            string tenant = writer ?? scope.Tenant.Get();
            var (database, columns) = ColumnManifest.Of(scope, tenant);
            scope.Instance.RegisterColumns(tenant, database, columns, LoneCiphertext.In(scope));
        }

        foreach (string? reader in needs.Readers)
        {
            ReadCheck.Run(scope, reader);
        }

        foreach (string? tenant in needs.Emptied.Where(tenant => scope.Tenant.IsKnown(tenant)))
        {
            ReadCheck.Run(scope, tenant);
        }
    }
}
