using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Format;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>
/// Computes what the index columns of rows should hold, whichever tenant they belong to: that of the key that a value names. It has the
/// context's model and keys of its own, so that the context's tenant stays what it is. Not thread-safe.
/// </summary>
internal sealed class IndexValues : IDisposable
{
    private readonly Dictionary<KeyId, string?> _owners = [];
    private readonly ContextScope _scope;
    private readonly string? _contextTenant;

    public IndexValues(DbContext context)
    {
        _scope = new ContextScope(context.GetService<ICurrentDbContext>(), context.GetService<IDbContextOptions>());
        _contextTenant = context.GetService<ContextScope>().Tenant.Find();
    }

    /// <summary>Computes them for a page of rows. What cannot be read is counted, and left out.</summary>
    /// <exception cref="KeyUnavailableException">Keys cannot be had for now: to go on would fail row after row.</exception>
    public async Task<List<IndexedRow>> ComputeAsync(WalkedColumn column, IReadOnlyList<IndexedRow> rows, IndexTally tally, CancellationToken cancellationToken)
    {
        var needs = new RingNeeds();
        needs.Add(
            EncryptionAnnotations.ConstantTenantOf(column.Properties[0].DeclaringType),
            0,
            new IndexVersions([.. column.Versions], []));
        IndexCheck.Run(_scope, needs);
        List<IndexedRow> computed = [];
        var written = rows.Where(static row => !row.IsNull).ToList();
        foreach (var row in written)
        {
            await OwnerAsync(row.KeyId, cancellationToken).ConfigureAwait(false);
        }

        foreach (var ofTenant in written.GroupBy(row => _owners[row.KeyId]))
        {
            if (ofTenant.Key is not { } tenant)
            {
                foreach (var row in ofTenant)
                {
                    tally.Fail(column, row.Key, $"Its value names key {row.KeyId}, which the key store does not hold.");
                }

                continue;
            }

            try
            {
                await BeginAsync(tenant, needs, cancellationToken).ConfigureAwait(false);
            }
            catch (ColumnCryptException error) when (!error.IsTransient)
            {
                foreach (var row in ofTenant)
                {
                    Count(column, row, error, tally);
                }

                continue;
            }

            computed.AddRange(ofTenant.Where(row => Compute(column, row, tally)));
        }

        // In the order of the walk again.
        var done = computed.ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. rows.Where(row => row.IsNull || done.Contains(row))];
    }

    public void Dispose() => _scope.Dispose();

    private async Task OwnerAsync(KeyId keyId, CancellationToken cancellationToken)
    {
        if (!_owners.ContainsKey(keyId))
        {
            // Where each tenant has a key store of its own, only the context's tenant says which one to look into.
            var key = await _scope.Instance.Keys.FindKeyAsync(keyId, cancellationToken).ConfigureAwait(false);
            _owners.Add(keyId, key?.Tenant ?? _contextTenant);
        }
    }

    private async Task BeginAsync(string tenant, RingNeeds needs, CancellationToken cancellationToken)
    {
        _scope.Tenant.Set(tenant);
        await _scope.BeginAsync(needs, cancellationToken).ConfigureAwait(false);
        var (database, columns) = Operations.ColumnManifest.Of(_scope, tenant);
        await _scope.Instance.RegisterColumnsAsync(tenant, database, columns, Operations.LoneCiphertext.In(_scope), cancellationToken).ConfigureAwait(false);
    }

    private bool Compute(WalkedColumn column, IndexedRow row, IndexTally tally)
    {
        var window = ContextWindow.Current;
        window.OpenForWriting(_scope);
        try
        {
            var values = new Dictionary<IProperty, object?>();
            for (int i = 0; i < column.Properties.Count; i++)
            {
                window.OpenForReading(_scope);
                values[column.Properties[i]] = column.Properties[i].GetTypeMapping().Converter!.ConvertFromProvider(row.Values[i]);
            }

            row.Right = column.RightOf(property => values[property], _scope);
            return true;
        }
        catch (ColumnCryptException error) when (!error.IsTransient)
        {
            Count(column, row, error, tally);
            return false;
        }
        finally
        {
            window.CloseForWriting();
        }
    }

    private static void Count(WalkedColumn column, IndexedRow row, ColumnCryptException error, IndexTally tally)
    {
        if (error is TenantShreddedException)
        {
            tally.Shredded++;
        }
        else
        {
            tally.Fail(column, row.Key, error.Message);
        }
    }
}
