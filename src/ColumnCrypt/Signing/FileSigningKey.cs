using System.Security.Cryptography;
using System.Text;
using ColumnCrypt.Crypto;
using ColumnCrypt.Kek;

namespace ColumnCrypt.Signing;

/// <summary>A signing key in a file: PEM, PKCS#8, encrypted under a passphrase of its own. Thread-safe until disposed.</summary>
public sealed class FileSigningKey : IOperatorSigner, IDisposable
{
    private const int MaximumSize = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private FileSigningKey(ECDsa key)
    {
        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>SHA-256 of the public key, 64 hex digits: what those who verify are told to trust, by another way than the certificate.</summary>
    public string Fingerprint => EcdsaP256.Fingerprint(PublicKey.Span);

    /// <summary>Makes a key in a new file that its owner alone may read. Never overwrites.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">8 to 1,024 bytes in UTF-8.</param>
    /// <exception cref="EncryptionModelException">The passphrase is too short or too long.</exception>
    /// <exception cref="KekException">Something lies at the path, or it cannot be written.</exception>
    public static FileSigningKey Create(string path, string passphrase)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Passphrase.ForNewFile(passphrase).Dispose();
        string full = Path.GetFullPath(path);
        FileKekFile.ThrowIfNoRoomFor(full);
        FileKekFile.WriteNew(full, Encoding.ASCII.GetBytes(EcdsaP256.CreatePem(passphrase)));
        return Open(full, passphrase);
    }

    /// <summary>Opens a key.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">Its passphrase.</param>
    /// <exception cref="KekException">The file is missing or damaged, or the passphrase is wrong.</exception>
    public static FileSigningKey Open(string path, string passphrase)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(passphrase);
        byte[] content = SmallFile.Read(path, MaximumSize, "a signing key", static file => FileRights.DemandOwnerAlone(file.Name, FileRights.Of(file)));
        try
        {
            return new FileSigningKey(EcdsaP256.Open(Encoding.ASCII.GetString(content), passphrase));
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            throw new KekException(KekFailure.Denied, $"The passphrase of the signing key {path} is wrong, or the file is damaged.", error);
        }
    }

    /// <inheritdoc/>
    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(EcdsaP256.Sign(_key, data.Span));
        }
    }

    /// <summary>Lets go of the key.</summary>
    public void Dispose() => _key.Dispose();
}
