using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>What a ring holds at one moment. Immutable; a refresh puts another in its place.</summary>
internal sealed class RingState
{
    public static readonly RingState Empty = new(null, []);

    public RingState(TenantRecord? tenant, IReadOnlyList<RingKey> keys)
    {
        Tenant = tenant;
        Keys = keys.ToDictionary(static key => key.Record.KeyId);
        Newest = keys.MaxBy(static key => key.Record.Version)?.Record;
        Active = keys.FirstOrDefault(static key => key.Record.State == KeyState.Active);
        Pending = keys.FirstOrDefault(static key => key.Record.State == KeyState.PreActive)?.Record;
    }

    /// <summary>The tenant's row, or null where the tenant is unknown.</summary>
    public TenantRecord? Tenant { get; }

    /// <summary>True where the KEK did not answer for one of the keys.</summary>
    public bool IsIncomplete => Keys.Values.Any(static key => key.Fault is { IsTransient: true });

    public Dictionary<KeyId, RingKey> Keys { get; }

    /// <summary>The key that encrypts, or null where none does.</summary>
    public RingKey? Active { get; }

    /// <summary>The key that a rotation has published and not yet activated, or null.</summary>
    public KeyRecord? Pending { get; }

    /// <summary>The newest version, or null where there is none.</summary>
    public KeyRecord? Newest { get; }
}
