namespace ColumnCrypt;

/// <summary>Why a key could not be used.</summary>
public enum KeyUnavailableReason
{
    /// <summary>The key store or the KEK backend did not answer. Transient.</summary>
    Unavailable,

    /// <summary>The KEK backend refused the caller.</summary>
    Denied,

    /// <summary>The KEK, or the key, is disabled or suspended.</summary>
    Disabled,

    /// <summary>The KEK, or the key, is destroyed.</summary>
    Destroyed,

    /// <summary>A row of the key tables, or a wrap, is not what ColumnCrypt wrote there.</summary>
    Tampered,

    /// <summary>No KEK that this application's configuration allows wraps the key.</summary>
    KekNotAllowed,

    /// <summary>The key store has no tables, those of another version, or no installation key: <c>IKeyManager.InitAsync</c> has not run.</summary>
    NotInitialized,

    /// <summary>The state of the key forbids the operation (NIST SP 800-57 part 1, section 7).</summary>
    StateForbids,

    /// <summary>The key has reached its limit of uses and no successor is active yet.</summary>
    Exhausted,
}
