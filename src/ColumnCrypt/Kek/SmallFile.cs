namespace ColumnCrypt.Kek;

/// <summary>Reads files that hold secrets: small ones, with errors that say what to do.</summary>
internal static class SmallFile
{
    /// <summary>The whole file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="maximumSize">A larger file is refused unread.</param>
    /// <param name="what">What the file holds, for messages.</param>
    /// <param name="check">Refuses the open file by throwing, or null.</param>
    /// <exception cref="KekException">The file is missing, too large or cannot be read.</exception>
    public static byte[] Read(string path, int maximumSize, string what, Action<FileStream>? check = null)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            check?.Invoke(file);
            if (file.Length > maximumSize)
            {
                throw new KekException(KekFailure.WrongContextOrTampered, $"The file {path} is too large to hold {what}: more than {maximumSize} bytes.");
            }

            var content = GC.AllocateArray<byte>((int)file.Length, pinned: true);
            file.ReadExactly(content);
            return content;
        }
        catch (DirectoryNotFoundException error)
        {
            // What is mounted there may not be there yet.
            throw new KekException(KekFailure.Unavailable, $"The folder of the file {path}, which should hold {what}, is not there. Mount it, or correct the path.", error);
        }
        catch (FileNotFoundException error)
        {
            throw new KekException(KekFailure.Destroyed, $"The file {path}, which should hold {what}, does not exist.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new KekException(KekFailure.Denied, $"The file {path}, which holds {what}, may not be read by this process: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The file {path}, which holds {what}, could not be read: {error.Message}", error);
        }
    }
}
