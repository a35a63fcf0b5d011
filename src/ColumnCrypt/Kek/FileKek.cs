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

    /// <summary>
    /// Replaces the passphrase of a KEK file by shares of a random secret: as many of them as the threshold open it from then on, in <see cref="KekOptions.Shares"/>; fewer
    /// tell nothing. The KEK stays the same, and so does what it has wrapped. A copy of the file as it was still opens with the passphrase.
    /// </summary>
    /// <param name="path">The file, sealed under a passphrase.</param>
    /// <param name="passphrase">Its passphrase, which is not needed any more afterwards.</param>
    /// <param name="count">How many shares there are: up to 255.</param>
    /// <param name="threshold">How many of them open the file: 2 up to <paramref name="count"/>.</param>
    /// <param name="keep">
    /// Is given the shares, each one line of text, share 1 first, and keeps them where they last, each apart from the others, before it returns: only then is the file
    /// replaced. Where it throws, the file stays as it was.
    /// </param>
    /// <returns>What the file tells of its shares.</returns>
    /// <exception cref="EncryptionModelException">Threshold or count is out of its bounds.</exception>
    /// <exception cref="KekException">The passphrase is another one, the file is sealed by shares already, or it cannot be read or replaced.</exception>
    public static FileKekShares Split(string path, string passphrase, int count, int threshold, Action<IReadOnlyList<string>> keep)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(passphrase);
        ArgumentNullException.ThrowIfNull(keep);
        if (SharesSeal.WhyUnfit(threshold, count) is { } why)
        {
            throw new EncryptionModelException($"A KEK is not split so: {why}.");
        }

        FileKekShares? made = null;
        path = Path.GetFullPath(path);
        FileKekFile.Replace(path, document =>
        {
            var resealed = FileKekResealing.ToShares(path, document, passphrase, threshold, count, keep);
            made = resealed.Tell();
            return resealed;
        });
        return made!;
    }

    /// <summary>Replaces the shares that open a KEK file by a passphrase. A copy of the file as it was still opens with the shares.</summary>
    /// <param name="path">The file, sealed by shares.</param>
    /// <param name="shares">The shares, as many as the threshold or more, each its line of text.</param>
    /// <param name="passphrase">The passphrase: 8 to 1,024 bytes in UTF-8, taken as it is.</param>
    /// <param name="options">The cost of guessing, or null for the defaults.</param>
    /// <exception cref="EncryptionModelException">The passphrase or an option is out of its bounds.</exception>
    /// <exception cref="KekException">
    /// The shares do not open it, the file is sealed under a passphrase already, or it cannot be read or replaced, or this host lacks what the key derivation function needs.
    /// </exception>
    public static void Join(string path, IReadOnlyList<string> shares, string passphrase, FileKekOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(passphrase);
        var kdf = (options ?? new FileKekOptions()).ToKdf();
        using var secret = Passphrase.ForNewFile(passphrase);
        path = Path.GetFullPath(path);
        FileKekFile.Replace(path, document => FileKekResealing.ToPassphrase(path, document, shares, secret, kdf));
    }

    /// <summary>What a KEK file tells of the shares that open it; null where a passphrase does. Needs neither.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="KekException">The file is missing, damaged, unreadable, or open to others than its owner.</exception>
    public static FileKekShares? SharesOf(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return FileKekFile.Read(Path.GetFullPath(path)).Tell();
    }
}
