using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// The operating system's generator: getrandom(2) on Linux, the platform's generator elsewhere. Thread-safe. Used for keys,
/// nonces and salts; nothing here keeps a generator state of its own that a snapshot or fork could repeat.
/// </summary>
internal static unsafe partial class SystemRandom
{
    private const int Interrupted = 4; // EINTR

    public static void Fill(Span<byte> destination)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        while (destination.Length > 0)
        {
            nint got;
            fixed (byte* start = destination)
            {
                got = GetRandom(start, (nuint)destination.Length, flags: 0);
            }

            if (got < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                {
                    continue;
                }

                throw new CryptographicException($"getrandom failed with error {error}: no key or nonce can be made.");
            }

            destination = destination[(int)got..];
        }
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* buffer, nuint length, uint flags);
}
