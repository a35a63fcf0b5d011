namespace ColumnCrypt.Keys;

/// <summary>When a ring was last verified, used and is due, as timestamps of the instance's time provider.</summary>
internal sealed class RingClock
{
    private long _verifiedAt;
    private long _refreshAt;
    private long _usedAt;

    /// <summary>When the KEK last gave all of the ring's keys.</summary>
    public long VerifiedAt
    {
        get => Volatile.Read(ref _verifiedAt);
        set => Volatile.Write(ref _verifiedAt, value);
    }

    /// <summary>When the ring is refreshed next, ahead of need.</summary>
    public long RefreshAt
    {
        get => Volatile.Read(ref _refreshAt);
        set => Volatile.Write(ref _refreshAt, value);
    }

    /// <summary>When the ring was last leased.</summary>
    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }
}
