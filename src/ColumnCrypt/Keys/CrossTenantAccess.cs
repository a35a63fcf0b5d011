namespace ColumnCrypt.Keys;

/// <summary>
/// Leave to read the values of several tenants, and of no other: what a report over all customers needs. Made by
/// <see cref="Configuration.ColumnCryptInstance.AcrossTenants"/>, which logs and counts it. Holds no key. Immutable, thread-safe.
/// </summary>
public sealed class CrossTenantAccess
{
    private readonly HashSet<string> _tenants;
    private readonly Func<string, CancellationToken, ValueTask<KeyRingLease>> _acquireAsync;
    private readonly Func<string, KeyRingLease> _acquire;
    private readonly int _concurrency;

    internal CrossTenantAccess(
        string reason, HashSet<string> tenants, Func<string, CancellationToken, ValueTask<KeyRingLease>> acquireAsync, Func<string, KeyRingLease> acquire, int concurrency)
    {
        Reason = reason;
        _tenants = tenants;
        _acquireAsync = acquireAsync;
        _acquire = acquire;
        _concurrency = concurrency;
    }

    /// <summary>Why.</summary>
    public string Reason { get; }

    /// <summary>The tenants, each once.</summary>
    public IReadOnlyCollection<string> Tenants => _tenants;

    /// <summary>True for a tenant that is among them.</summary>
    /// <param name="tenant">The tenant id, as <see cref="Metadata.TenantId.From"/> writes it.</param>
    public bool Includes(string tenant) => _tenants.Contains(tenant);

    /// <summary>The rings of all of them, loaded where they are not cached: 16 at once, unless <c>MaxConcurrentKekCalls</c> says otherwise.</summary>
    /// <param name="cancellationToken">Cancels the wait; loads that others wait for go on.</param>
    /// <exception cref="KeyUnavailableException">The keys of one tenant cannot be had now: without them the answer would lack rows.</exception>
    public async ValueTask<CrossTenantLease> AcquireAsync(CancellationToken cancellationToken)
    {
        var leases = new KeyRingLease?[_tenants.Count];
        string[] tenants = [.. _tenants];
        try
        {
            await Parallel.ForAsync(
                0,
                tenants.Length,
                new ParallelOptions { MaxDegreeOfParallelism = _concurrency, CancellationToken = cancellationToken },
                async (i, token) => leases[i] = await _acquireAsync(tenants[i], token).ConfigureAwait(false)).ConfigureAwait(false);
            return new CrossTenantLease(this, leases!);
        }
        catch
        {
            GiveBack(leases);
            throw;
        }
    }

    /// <summary>As <see cref="AcquireAsync"/>. Blocks the thread once for each ring that is cold.</summary>
    /// <exception cref="KeyUnavailableException">The keys of one tenant cannot be had now.</exception>
    public CrossTenantLease Acquire()
    {
        var leases = new KeyRingLease?[_tenants.Count];
        int i = 0;
        try
        {
            foreach (string tenant in _tenants)
            {
                leases[i++] = _acquire(tenant);
            }

            return new CrossTenantLease(this, leases!);
        }
        catch
        {
            GiveBack(leases);
            throw;
        }
    }

    private static void GiveBack(KeyRingLease?[] leases)
    {
        foreach (var lease in leases)
        {
            lease?.Dispose();
        }
    }
}
