namespace ColumnCrypt.Crypto.Kem;

/// <summary>Sizes of ML-KEM-768 (FIPS 203, table 3) and of P-256 (SP 800-186, section 3.2.1.3; SEC 1, section 2.3.3), in bytes.</summary>
internal static class HybridSizes
{
    /// <summary>The encapsulation key of ML-KEM-768.</summary>
    public const int Encapsulation = 1_184;

    /// <summary>What ML-KEM-768 encapsulates to.</summary>
    public const int Ciphertext = 1_088;

    /// <summary>The private key of ML-KEM-768 as a seed: d ‖ z.</summary>
    public const int Seed = 64;

    /// <summary>A point of P-256, uncompressed: 0x04 ‖ x ‖ y.</summary>
    public const int Point = 65;

    /// <summary>A coordinate or a private key of P-256.</summary>
    public const int Scalar = 32;

    /// <summary>A shared secret of either.</summary>
    public const int SharedSecret = 32;

    /// <summary>Both private keys: seed ‖ scalar.</summary>
    public const int PrivateKey = Seed + Scalar;
}
