using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Kek;

/// <summary>KEKs in files: <c>file:PATH</c>. A relative path starts at the process's current folder. Registered by default.</summary>
internal sealed class FileKekProvider : IKekProvider
{
    public string Scheme => "file";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        string path = uri[(Scheme.Length + 1)..];
        if (path.Length == 0 || path.StartsWith("//", StringComparison.Ordinal) || path.Contains('\0'))
        {
            throw new EncryptionModelException($"'{uri}' names no file: write the path right behind the colon, file:kek.json or file:/etc/app/kek.json.");
        }

        path = Path.GetFullPath(path);
        return new LocalKeyEncryptionKey(uri, KekCapabilities.None, () => Open(uri, path, options));
    }

    private static LocalKek Open(string uri, string path, KekOptions options)
    {
        var document = FileKekFile.Read(path);
        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        try
        {
            FileKekUnsealing.Open(path, document, () => Passphrase.Find(uri, options), seal => KekShares.Find(uri, options, seal), kek);
            return new LocalKek(document.Id, kek, options.Cipher);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }
}
