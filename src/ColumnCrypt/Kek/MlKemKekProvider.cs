using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek;

/// <summary>KEKs that are hybrid key pairs of ML-KEM-768 and P-256: <c>mlkem:PATH</c>. Registered by default.</summary>
internal sealed class MlKemKekProvider : IKekProvider
{
    /// <summary>What the host lacks, and what to do about it.</summary>
    public const string Unsupported = "ML-KEM needs OpenSSL 3.5 or later (Debian 13, Ubuntu 25.10, Alpine 3.22), or Windows 11 24H2 or Windows Server 2025, and this host has neither.";

    public string Scheme => "mlkem";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        string path = uri[(Scheme.Length + 1)..];
        if (path.Length == 0 || path.StartsWith("//", StringComparison.Ordinal) || path.Contains('\0'))
        {
            throw new EncryptionModelException($"'{uri}' names no file: write the path right behind the colon, mlkem:kek.json or mlkem:/etc/app/kek.json.");
        }

        path = Path.GetFullPath(path);
        return HybridKey.IsSupported
            ? new MlKemKeyEncryptionKey(uri, () => MlKemKekFile.Open(path, () => Passphrase.Find(uri, options)))
            : throw new EncryptionModelException($"{uri} cannot be used here: {Unsupported}");
    }
}
