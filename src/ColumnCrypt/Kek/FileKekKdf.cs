namespace ColumnCrypt.Kek;

/// <summary>How a <c>file:</c> KEK makes a key out of its passphrase. The file says which.</summary>
public enum FileKekKdf
{
    /// <summary>PBKDF2 with HMAC-SHA-256 (RFC 8018): every host can compute it.</summary>
    Pbkdf2HmacSha256,

    /// <summary>
    /// Argon2id (RFC 9106): costs a guesser memory too. Every host that opens the file needs the system library libargon2.
    /// </summary>
    Argon2id,
}
