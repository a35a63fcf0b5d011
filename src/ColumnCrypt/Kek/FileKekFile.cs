using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>Where a <c>file:</c> KEK lies on the disk.</summary>
internal static class FileKekFile
{
    private const int MaximumSize = 16 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="KekException">The file is missing, damaged, unreadable, or open to others than its owner.</exception>
    public static FileKekDocument Read(string path)
    {
        if (!File.Exists(path) && Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new KekException(
                KekFailure.Destroyed,
                $"The KEK file {path} does not exist. Restore it from a backup if keys were ever wrapped under it; "
                    + $"make a new one only for a new key store, with FileKek.Create(\"{path}\", passphrase).");
        }

        try
        {
            return FileKekJson.Read(SmallFile.Read(path, MaximumSize, "a KEK", static file => FileRights.DemandOwnerAlone(file.Name, FileRights.Of(file))));
        }
        catch (FormatException error)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, $"The KEK file {path} is damaged: {error.Message}. Restore it from a backup.", error);
        }
    }

    /// <exception cref="KekException">Something lies at the path, or its folder does not exist.</exception>
    public static void ThrowIfNoRoomFor(string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new KekException(KekFailure.Destroyed, $"The folder of the KEK file {path} does not exist. Make it first, for its owner alone.");
        }

        if (Path.Exists(path))
        {
            throw Exists(path, null);
        }
    }

    /// <summary>Writes a new file: complete and on the disk, or not there at all. Never overwrites.</summary>
    /// <exception cref="KekException">Something lies at the path, or it cannot be written.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        string draft = DraftOf(path);
        try
        {
            WriteDraft(draft, content);
            File.Move(draft, path, overwrite: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            DeleteIfThere(draft);
            throw Path.Exists(path) ? Exists(path, error) : NotWritten(path, error);
        }

        Flush(path);
    }

    /// <summary>
    /// Puts another seal on the KEK in a file: the new file is complete and on the disk, or the old one stays. Nobody else does so meanwhile: a file beside it, of
    /// the same name with <c>.lock</c> behind it, is held open as long.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="reseal">Gives the new document; where it throws, the old file stays.</param>
    /// <exception cref="KekException">The file cannot be read, or not be replaced.</exception>
    public static void Replace(string path, Func<FileKekDocument, FileKekDocument> reseal)
    {
        using var held = Hold(path);
        string draft = DraftOf(path);
        byte[] content = FileKekJson.Write(reseal(Read(path)));
        try
        {
            WriteDraft(draft, content);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            DeleteIfThere(draft);
            throw NotWritten(path, error);
        }

        Flush(path);
    }

    private static FileStream Hold(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            return new FileStream(path + ".lock", options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KekException(KekFailure.Unavailable, $"The seal of the KEK file {path} cannot be replaced now: somebody else does so, or its folder may not be written to. {error.Message}", error);
        }
    }

    private static string DraftOf(string path)
    {
        Span<byte> unique = stackalloc byte[8];
        SystemRandom.Fill(unique);
        return $"{path}.{Convert.ToHexStringLower(unique)}.new";
    }

    private static void Flush(string path)
    {
        try
        {
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }
        catch (IOException error)
        {
            throw NotWritten(path, error);
        }
    }

    private static void WriteDraft(string draft, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(draft, options);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private static void DeleteIfThere(string draft)
    {
        if (File.Exists(draft))
        {
            File.Delete(draft);
        }
    }

    private static KekException NotWritten(string path, Exception error) =>
        new(KekFailure.Unavailable, $"The KEK file {path} could not be written for good: {error.Message}", error);

    private static KekException Exists(string path, Exception? error) =>
        new(KekFailure.Denied, $"{path} exists, and a KEK file is never overwritten: the keys under it would be lost. Choose another path.", error);
}
