using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek;

/// <summary>Makes the files of an <c>mlkem:</c> KEK, a hybrid key pair of ML-KEM-768 and P-256. Needs OpenSSL 3.5 or later, or a Windows that has ML-KEM.</summary>
public static class MlKemKek
{
    /// <summary>
    /// Makes a key pair, seals its private half under a passphrase and writes both to a new file that only its owner may read (mode 0600 on Unix). The file is on the disk when this returns.
    /// </summary>
    /// <param name="path">Where to write; the folder must exist, the file must not.</param>
    /// <param name="passphrase">The passphrase: 8 to 1,024 bytes in UTF-8, taken as it is.</param>
    /// <param name="options">The cost of guessing, or null for the defaults.</param>
    /// <exception cref="EncryptionModelException">The passphrase or an option is out of its bounds.</exception>
    /// <exception cref="KekException">The file exists or could not be written, or this host lacks ML-KEM or what the key derivation function needs.</exception>
    public static void Create(string path, string passphrase, FileKekOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(passphrase);
        var kdf = (options ?? new FileKekOptions()).ToKdf();
        using var secret = Passphrase.ForNewFile(passphrase);
        path = Path.GetFullPath(path);
        FileKekFile.ThrowIfNoRoomFor(path);
        if (!HybridKey.IsSupported)
        {
            throw new KekException(KekFailure.Unavailable, $"No key pair can be made here: {MlKemKekProvider.Unsupported}");
        }

        try
        {
            FileKekFile.WriteNew(path, MlKemKekJson.Write(MlKemKekDocument.Create(secret, PassphraseSeal.Create(kdf))));
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, error.Message, error);
        }
    }

    /// <summary>Writes the public half to a file of its own, for nodes that only wrap: <c>EscrowTo("mlkem:escrow-public.json")</c>. Needs no passphrase, and no ML-KEM.</summary>
    /// <param name="path">The file of the pair.</param>
    /// <param name="publicPath">Where to write; the folder must exist, the file must not.</param>
    /// <exception cref="KekException">A file cannot be read or written, or is damaged.</exception>
    public static void ExportPublic(string path, string publicPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(publicPath);
        publicPath = Path.GetFullPath(publicPath);
        FileKekFile.ThrowIfNoRoomFor(publicPath);
        FileKekFile.WriteNew(publicPath, MlKemKekJson.Write(new MlKemKekDocument(MlKemKekFile.Read(Path.GetFullPath(path)).PublicKey)));
    }
}
