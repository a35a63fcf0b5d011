namespace ColumnCrypt.Kek;

/// <summary>The few ways in which a KEK call fails.</summary>
public enum KekFailure
{
    /// <summary>The backend did not answer, or asked to come back later. Transient: cached keys go on to the stale limit.</summary>
    Unavailable,

    /// <summary>The backend refused the caller. Cached keys are evicted at once.</summary>
    Denied,

    /// <summary>The wrap was made under another context or by another KEK, or was changed.</summary>
    WrongContextOrTampered,

    /// <summary>The KEK is disabled. Cached keys are evicted at once.</summary>
    Disabled,

    /// <summary>The KEK is destroyed, or does not exist. Cached keys are evicted at once.</summary>
    Destroyed,
}
