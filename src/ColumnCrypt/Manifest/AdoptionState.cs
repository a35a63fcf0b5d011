namespace ColumnCrypt.Manifest;

/// <summary>
/// How far the adoption of a column has come (docs/SPEC.md, section 7): which of the plaintext and the encrypted column is written, and which one
/// is believed. Two states that follow each other may be in force on two nodes at once.
/// </summary>
public enum AdoptionState
{
    /// <summary>Never adopted: nothing is registered, or the column was encrypted from its first row.</summary>
    None,

    /// <summary>Both are written; the plaintext is believed. The column is being filled.</summary>
    Dual,

    /// <summary>Every row was filled and compared. Both are written; the ciphertext is believed, and a row that has none is an error.</summary>
    Verified,

    /// <summary>The ciphertext alone is written, and believed; plaintext that comes up is an error.</summary>
    Encrypted,

    /// <summary>As <see cref="Encrypted"/>, and every plaintext was set to NULL: its column may be dropped.</summary>
    Cleared,

    /// <summary>On the way back: both are written, the ciphertext is believed. The plaintext column is being filled.</summary>
    Returning,

    /// <summary>Back: both are written, the plaintext is believed. The encrypted column may be dropped, or adopted anew.</summary>
    Returned,
}
