using ColumnCrypt.Threading;

namespace ColumnCrypt.Keys;

/// <summary>A tenant's place in the cache: its ring, and the flights that its callers share.</summary>
internal sealed class RingSlot(string tenant, StoreSession session)
{
    private volatile KeyRing? _ring;
    private long _askedAt;

    public string Tenant { get; } = tenant;

    public StoreSession Session { get; } = session;

    public KeyRing? Ring
    {
        get => _ring;
        set => _ring = value;
    }

    /// <summary>When somebody last asked for the slot by its tenant; a timestamp of the clock.</summary>
    public long AskedAt
    {
        get => Volatile.Read(ref _askedAt);
        set => Volatile.Write(ref _askedAt, value);
    }

    /// <summary>Loads and refreshes.</summary>
    public SingleFlight<KeyRing> Loading { get; } = new();

    /// <summary>Makes data keys and reserves uses.</summary>
    public SingleFlight<bool> Preparing { get; } = new();

    /// <summary>Makes index keys.</summary>
    public SingleFlight<bool> PreparingIndexes { get; } = new();

    /// <summary>1 while a refresh runs in the background.</summary>
    public int Refreshing;
}
