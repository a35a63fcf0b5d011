using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>What the works of an adoption have in common: rows are worked on tenant by tenant, under one lease, and what fails is the row's alone.</summary>
internal abstract class AdoptionWork(KeyRings rings, OperatorStore store) : IRowWork
{
    public async Task<RowOutcome[]> DecideAsync(IReadOnlyList<StepRow> page, CancellationToken cancellationToken)
    {
        var outcomes = new RowOutcome[page.Count];
        var due = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int i = 0; i < page.Count; i++)
        {
            try
            {
                string? tenant = await TenantOfAsync(page[i], cancellationToken).ConfigureAwait(false);
                if (tenant is null)
                {
                    outcomes[i] = WithoutKeys(page[i]);
                }
                else
                {
                    (due.TryGetValue(tenant, out var rows) ? rows : due[tenant] = []).Add(i);
                }
            }
            catch (Exception error) when (error is FormatException or CiphertextInvalidException)
            {
                outcomes[i] = RowOutcome.Fail(error.Message);
            }
        }

        foreach (var (tenant, rows) in due)
        {
            await DecideAsync(tenant, rows, page, outcomes, cancellationToken).ConfigureAwait(false);
        }

        return outcomes;
    }

    /// <summary>Whose keys a row needs; null where it needs none.</summary>
    protected abstract ValueTask<string?> TenantOfAsync(StepRow row, CancellationToken cancellationToken);

    /// <summary>What becomes of a row that needs no keys.</summary>
    protected abstract RowOutcome WithoutKeys(StepRow row);

    /// <summary>How many uses of a data key a row is about to take.</summary>
    protected abstract long UsesOf(StepRow row);

    /// <summary>What becomes of a row.</summary>
    protected abstract RowOutcome Decide(KeyRingLease lease, StepRow row);

    /// <summary>The index keys that are needed.</summary>
    protected abstract IndexVersions Versions { get; }

    /// <summary>The tenant of a value's key.</summary>
    protected async ValueTask<string> OwnerOfAsync(byte[] ciphertext, string purpose, CancellationToken cancellationToken)
    {
        var id = ValueFrame.ReadKeyId(ciphertext, purpose);
        return await store.Store.FindTenantAsync(id, cancellationToken).ConfigureAwait(false) is { Length: > 0 } tenant
            ? tenant
            : throw new CiphertextInvalidException($"The value of {purpose} is under key {id}, which this key store does not hold.");
    }

    private async Task DecideAsync(string tenant, List<int> rows, IReadOnlyList<StepRow> page, RowOutcome[] outcomes, CancellationToken cancellationToken)
    {
        try
        {
            long uses = 0;
            foreach (int i in rows)
            {
                Try(outcomes, i, () =>
                {
                    uses += UsesOf(page[i]);
                    return RowOutcome.Nothing;
                });
            }

            using var lease = await rings.AcquireAsync(store.Session, tenant, uses, Versions, cancellationToken).ConfigureAwait(false);
            foreach (int i in rows.Where(i => outcomes[i].Failure is null))
            {
                Try(outcomes, i, () => Decide(lease, page[i]));
            }
        }
        catch (ColumnCryptException error) when (!error.IsTransient)
        {
            foreach (int i in rows)
            {
                outcomes[i] = RowOutcome.Fail(error.Message);
            }
        }
    }

    private static void Try(RowOutcome[] outcomes, int row, Func<RowOutcome> decide)
    {
        try
        {
            outcomes[row] = decide();
        }
        catch (Exception error) when (error is FormatException || error is ColumnCryptException { IsTransient: false })
        {
            outcomes[row] = RowOutcome.Fail(error.Message);
        }
    }
}
