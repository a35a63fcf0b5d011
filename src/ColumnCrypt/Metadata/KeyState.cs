namespace ColumnCrypt.Metadata;

/// <summary>The state of a key (NIST SP 800-57 part 1 rev. 5, section 7). Written by name in the key tables.</summary>
public enum KeyState
{
    /// <summary>Made and distributed, not yet used.</summary>
    PreActive,

    /// <summary>Encrypts and decrypts.</summary>
    Active,

    /// <summary>Decrypts only; encrypts no longer, but for the revocation bound after a rotation.</summary>
    Deactivated,

    /// <summary>Known or suspected to others: decrypts only, audited.</summary>
    Compromised,

    /// <summary>Held back for a time: neither encrypts nor decrypts.</summary>
    Suspended,

    /// <summary>Gone: only its metadata remain.</summary>
    Destroyed,
}
