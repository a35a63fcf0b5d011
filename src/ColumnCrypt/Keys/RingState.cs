using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>What a ring holds at one moment. Immutable; a refresh puts another in its place.</summary>
internal sealed class RingState
{
    public static readonly RingState Empty = new(null, [], readAt: long.MinValue);

    public RingState(TenantRecord? tenant, IReadOnlyList<RingKey> keys, long readAt)
    {
        Tenant = tenant;
        ReadAt = readAt;
        Keys = keys.ToDictionary(static key => key.Record.KeyId);
        Indexes = keys.Where(static key => key.Record.Kind == KeyKind.Index).ToDictionary(static key => key.Record.Version);
        var data = keys.Where(static key => key.Record.Kind == KeyKind.Data).ToList();
        Newest = data.MaxBy(static key => key.Record.Version)?.Record;
        Active = data.Find(static key => key.Record.State == KeyState.Active);
        Pending = data.Find(static key => key.Record.State == KeyState.PreActive)?.Record;
    }

    /// <summary>The tenant's row, or null where the tenant is unknown.</summary>
    public TenantRecord? Tenant { get; }

    /// <summary>When the reading of the rows began, as <see cref="VersionMemory.StartRead"/> counts.</summary>
    public long ReadAt { get; }

    /// <summary>True where the KEK did not answer for one of the keys.</summary>
    public bool IsIncomplete => Keys.Values.Any(static key => key.Fault is { IsTransient: true });

    /// <summary>The data and index keys.</summary>
    public Dictionary<KeyId, RingKey> Keys { get; }

    /// <summary>The index keys by their version.</summary>
    public Dictionary<int, RingKey> Indexes { get; }

    /// <summary>True where it has an index key of each of these versions, usable or not.</summary>
    public bool HasIndexes(IReadOnlyList<int> versions)
    {
        for (int i = 0; i < versions.Count; i++)
        {
            if (!Indexes.ContainsKey(versions[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The data key that encrypts, or null where none does.</summary>
    public RingKey? Active { get; }

    /// <summary>The data key that a rotation has published and not yet activated, or null.</summary>
    public KeyRecord? Pending { get; }

    /// <summary>The newest version of the data key, or null where there is none.</summary>
    public KeyRecord? Newest { get; }
}
