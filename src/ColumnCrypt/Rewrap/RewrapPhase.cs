namespace ColumnCrypt.Rewrap;

/// <summary>The two runs of a rewrap.</summary>
public enum RewrapPhase
{
    /// <summary>
    /// Adds a wrap under the new KEK to every key, and proves each by unwrapping it and comparing the commitment. A wrap under a KEK of which
    /// only the public half is here cannot be proved, and stays unverified.
    /// </summary>
    Add,

    /// <summary>Drops the old wraps of keys that have a verified one under the new KEK.</summary>
    Drop,
}
