namespace ColumnCrypt.Ledger;

/// <summary>A file that one process at a time may hold open: writers of a ledger queue for it. It is left behind, empty.</summary>
internal static class LockFile
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private const int Patience = 1_000;

    /// <summary>Waits for the lock, 10 s at most; disposing what it returns gives it back.</summary>
    /// <exception cref="IOException">Others held it all the time, or it cannot be made.</exception>
    public static async Task<IDisposable> TakeAsync(string path, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (attempt < Patience && error is not (DirectoryNotFoundException or PathTooLongException))
            {
                await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
