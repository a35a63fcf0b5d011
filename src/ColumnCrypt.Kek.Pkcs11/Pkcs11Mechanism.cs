namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>How a token wraps.</summary>
public enum Pkcs11Mechanism
{
    /// <summary>By what the token reports.</summary>
    Automatic,

    /// <summary>CKM_AES_GCM, the wrap context as AAD (NIST SP 800-38D).</summary>
    AesGcm,

    /// <summary>CKM_AES_KEY_WRAP (RFC 3394), the digest of the wrap context behind the key.</summary>
    AesKeyWrap,

    /// <summary>CKM_RSA_PKCS_OAEP with SHA-256 (RFC 8017, section 7.1), the digest of the wrap context behind the key.</summary>
    RsaOaepSha256,
}
