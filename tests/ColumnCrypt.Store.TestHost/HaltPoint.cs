namespace ColumnCrypt.Store.TestHost;

/// <summary>Where a node stands still for its parent to kill it.</summary>
public enum HaltPoint
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>The data key is wrapped; nothing is written yet.</summary>
    Wrapped,

    /// <summary>The data key is committed; nothing is encrypted under it yet.</summary>
    Committed,

    /// <summary>A value is encrypted and written in a transaction that is not committed yet.</summary>
    Encrypted,
}
