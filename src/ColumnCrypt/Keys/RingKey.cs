using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>A key of a ring: unwrapped, or with the reason why it is not.</summary>
/// <param name="Record">Its row.</param>
/// <param name="Key">The key, or null where it could not be unwrapped or its state does not allow to.</param>
/// <param name="Fault">Why there is no key, or null.</param>
internal sealed record RingKey(KeyRecord Record, TenantKey? Key, KeyUnavailableException? Fault)
{
    /// <summary>The key where it is a data key that is unwrapped.</summary>
    public DataKey? Data => Key as DataKey;
}
