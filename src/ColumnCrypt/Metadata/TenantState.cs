namespace ColumnCrypt.Metadata;

/// <summary>The state of a tenant. Written by name in the key tables.</summary>
public enum TenantState
{
    /// <summary>Its keys may be used as their own states allow.</summary>
    Active,

    /// <summary>In the grace before shredding, or on hold: unreadable, recoverable.</summary>
    ShredScheduled,

    /// <summary>Its keys are destroyed. The id is a tombstone and is never used again.</summary>
    Shredded,
}
