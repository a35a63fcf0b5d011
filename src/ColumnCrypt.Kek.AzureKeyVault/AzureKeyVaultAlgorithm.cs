namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>How a vault wraps.</summary>
public enum AzureKeyVaultAlgorithm
{
    /// <summary>By the type of the key. The installation must be pinned, because it may be an RSA key, whose public half anybody may have.</summary>
    Automatic,

    /// <summary>RSA-OAEP-256, for RSA and RSA-HSM keys: wrapKey and unwrapKey.</summary>
    RsaOaep256,

    /// <summary>A256GCM, for oct-HSM keys of a Managed HSM: encrypt and decrypt. Any other key is refused.</summary>
    Aes256Gcm,
}
