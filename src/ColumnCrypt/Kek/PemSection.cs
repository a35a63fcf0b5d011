namespace ColumnCrypt.Kek;

/// <summary>One block of a PEM file.</summary>
/// <param name="Label">What stands between BEGIN and the dashes.</param>
/// <param name="Bytes">What it holds.</param>
internal sealed record PemSection(string Label, byte[] Bytes)
{
    public const string Certificate = "CERTIFICATE";
    public const string EncryptedPrivateKey = "ENCRYPTED PRIVATE KEY";
    public const string PublicKey = "PUBLIC KEY";
}
