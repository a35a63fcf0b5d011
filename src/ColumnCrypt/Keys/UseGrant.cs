namespace ColumnCrypt.Keys;

/// <summary>
/// Uses of one data key that a lease holds: taken out of the key's budget when the lease was given, so that whoever encrypts
/// through it has nothing to wait for. Thread-safe.
/// </summary>
/// <param name="key">The key, Active when its uses were granted.</param>
/// <param name="uses">How many were taken.</param>
/// <param name="rollbacks">How often the store had gone back by then: once it goes back again, the grant is void.</param>
internal sealed class UseGrant(DataKey key, long uses, int rollbacks)
{
    private long _left = uses;

    public DataKey Key => key;

    public int Rollbacks => rollbacks;

    public bool TryTake(long wanted) => UseBudget.TryTake(ref _left, wanted);

    /// <summary>Gives back what is left.</summary>
    public void Return() => key.Budget.Return(Interlocked.Exchange(ref _left, 0));
}
