using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.TestSupport;

/// <summary>
/// A key store that a test meddles with: rows are changed on their way out, as by somebody who writes to the tables; calls are
/// counted; it can be made unreachable. Thread-safe where the store behind it is.
/// </summary>
public sealed class MeddlingKeyStore : IKeyStore
{
    private readonly IKeyStore _inner;
    private int _tenantReads;
    private int _reservations;
    private int _finds;

    public MeddlingKeyStore(IKeyStore inner)
    {
        _inner = inner;
        Signal = inner.Signal;
        Audit = new MeddlingAuditStore(ReachedAsync);
        Jobs = new MeddlingJobStore(ReachedAsync);
        Inventory = new MeddlingKeyInventory(ReachedAsync, () => Pages, () => Tenants);
    }

    /// <summary>What becomes of a tenant's rows.</summary>
    public Func<string, TenantKeys, TenantKeys> Rows { get; set; } = static (_, rows) => rows;

    /// <summary>What becomes of the KEK rows.</summary>
    public Func<IReadOnlyList<KekRecord>, IReadOnlyList<KekRecord>> Keks { get; set; } = static rows => rows;

    /// <summary>What becomes of a page of all keys, or of the keys of one tenant with all their wraps.</summary>
    public Func<IReadOnlyList<KeyWithWraps>, IReadOnlyList<KeyWithWraps>> Pages { get; set; } = static rows => rows;

    /// <summary>What becomes of a page of all tenants.</summary>
    public Func<IReadOnlyList<TenantRecord>, IReadOnlyList<TenantRecord>> Tenants { get; set; } = static rows => rows;

    /// <summary>What becomes of the manifest's rows.</summary>
    public Func<IReadOnlyList<ColumnRecord>, IReadOnlyList<ColumnRecord>> Columns { get; set; } = static rows => rows;

    /// <summary>What becomes of the generation counter.</summary>
    public Func<long, long> Generation { get; set; } = static read => read;

    /// <summary>What becomes of a total of reserved uses.</summary>
    public Func<long, long> Reserved { get; set; } = static total => total;

    /// <summary>True while nothing answers.</summary>
    public bool Unreachable { get; set; }

    /// <summary>After so many changes the store is unreachable.</summary>
    public int ChangesLeft { get; set; } = int.MaxValue;

    /// <summary>True while no change is written, as where a trigger drops it.</summary>
    public bool DropsChanges { get; set; }

    /// <summary>While set, reading a tenant waits for it.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>While set, every call on the audit, the jobs and the inventory waits for it.</summary>
    public TaskCompletionSource? OperatorGate { get; set; }

    public int TenantReads => Volatile.Read(ref _tenantReads);

    public int Finds => Volatile.Read(ref _finds);

    public int Reservations => Volatile.Read(ref _reservations);

    public IAuditStore Audit { get; }

    public IJobStore Jobs { get; }

    public IKeyInventory Inventory { get; }

    /// <summary>The signal; at first the store's own.</summary>
    public IGenerationSignal? Signal { get; set; }

    public bool CreatesTables => _inner.CreatesTables;

    public Task CreateTablesAsync(CancellationToken cancellationToken) => Reached().CreateTablesAsync(cancellationToken);

    public async Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => Generation(await Reached().ReadGenerationAsync(cancellationToken));

    public async Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _tenantReads);
        if (Gate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        return Rows(tenant, await Reached().ReadTenantAsync(tenant, cancellationToken));
    }

    public Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _finds);
        return Reached().FindTenantAsync(keyId, cancellationToken);
    }

    public Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken) =>
        Reached().ReadChangedTenantsAsync(generation, cancellationToken);

    public Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken) => Reached().TryInsertKeyAsync(key, cancellationToken);

    public Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken)
    {
        Unreachable |= ChangesLeft-- <= 0;
        return DropsChanges ? Task.FromResult(false) : Reached().TryChangeAsync(makeChange, cancellationToken);
    }

    public async Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reservations);
        return await Reached().ReserveUsesAsync(keyId, uses, cancellationToken) is { } total ? Reserved(total) : null;
    }

    public async Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken) => Keks(await Reached().ReadKeksAsync(cancellationToken));

    public async Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken) =>
        Columns(await Reached().ReadColumnsAsync(database, cancellationToken));

    public Task UpgradeTablesAsync(CancellationToken cancellationToken) => Reached().UpgradeTablesAsync(cancellationToken);

    public Task<bool> TryWriteColumnsAsync(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain, CancellationToken cancellationToken) => Reached().TryWriteColumnsAsync(columns, chain, cancellationToken);

    private IKeyStore Reached() => Unreachable
        ? throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, "Made unreachable by the test.")
        : _inner;

    private async Task<IKeyStore> ReachedAsync(CancellationToken cancellationToken)
    {
        if (OperatorGate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        return Reached();
    }
}
