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
        using var passphrase = Passphrase.Find(uri, options);
        try
        {
            return document.Open(passphrase.Utf8, options.Cipher) ?? throw new KekException(
                KekFailure.Denied,
                $"The KEK file {path} does not open: its passphrase is another one, or the file was changed. Check the passphrase, then compare the file with a backup.");
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The KEK file {path} cannot be opened on this host. {error.Message}", error);
        }
    }
}
