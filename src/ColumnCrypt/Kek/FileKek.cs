namespace ColumnCrypt.Kek;

/// <summary>
/// Makes the file of a <c>file:</c> KEK. Whoever has the file and the passphrase can unwrap every key that the KEK wraps; without
/// either, what those keys encrypt is lost. Keep copies of both, apart from each other.
/// </summary>
public static class FileKek
{
    /// <summary>
    /// Makes a random KEK, seals it under a passphrase and writes it to a new file that only its owner may read (mode 0600 on Unix).
    /// The file is on the disk when this returns. Takes as long as the key derivation function: a tenth of a second and more.
    /// </summary>
    /// <param name="path">Where to write; the folder must exist, the file must not.</param>
    /// <param name="passphrase">The passphrase: 8 to 1,024 bytes in UTF-8, taken as it is. Its strength is the file's.</param>
    /// <param name="options">The cost of guessing, or null for the defaults.</param>
    /// <exception cref="EncryptionModelException">The passphrase or an option is out of its bounds.</exception>
    /// <exception cref="KekException">
    /// The file exists, could not be written, or this host lacks what the key derivation function needs.
    /// </exception>
    public static void Create(string path, string passphrase, FileKekOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(passphrase);
        var kdf = (options ?? new FileKekOptions()).ToKdf();
        using var secret = Passphrase.ForNewFile(passphrase);
        path = Path.GetFullPath(path);
        FileKekFile.ThrowIfNoRoomFor(path);
        try
        {
            FileKekFile.WriteNew(path, FileKekJson.Write(FileKekDocument.Create(secret.Utf8, kdf)));
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, error.Message, error);
        }
    }
}
