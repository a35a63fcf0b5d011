using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek;

/// <summary>Makes a rename survive a power failure: on Unix a folder's entries reach the disk by fsync of the folder.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The folder could not be flushed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"open failed with error {Marshal.GetLastPInvokeError()} on the folder {folder}.");
        }

        int flushed = FSync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        int closed = Close(descriptor);
        if (flushed != 0 || closed != 0)
        {
            throw new IOException($"fsync failed with error {error} on the folder {folder}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
