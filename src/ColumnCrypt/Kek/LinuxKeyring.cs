using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ColumnCrypt.Kek;

/// <summary>
/// Keys of type <c>user</c> in the kernel's keyrings (add_key(2), keyctl(2)): the session's, then the user's. The process keyring would hide a key from threads that are older
/// than it. Thread-safe.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LinuxKeyring
{
    private const string Type = "user";
    private const int SessionKeyring = -3;
    private const int UserKeyring = -4;
    private const int KeyringId = 0;
    private const int Search = 10;
    private const int ReadPayload = 11;
    private const int NoSuchKey = 126;
    private const int KeyExpired = 127;
    private const int KeyRevoked = 128;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;

    // add_key and keyctl: unistd_64.h and asm-generic/unistd.h; they are three in a row, request_key between.
    private static readonly (int AddKey, int KeyCtl)? s_calls = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (248, 250),
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => (217, 219),
        _ => null,
    };

    /// <summary>Whether the numbers of the calls are known here.</summary>
    public static bool IsSupported => s_calls is not null;

    /// <summary>Adds a key to the session's keyring, or replaces the payload of the one of that name there.</summary>
    /// <exception cref="KekException">The kernel refused.</exception>
    public static void Add(string description, ReadOnlySpan<byte> payload)
    {
        // By its number: where nobody has made a session, as in a container, adding to "the session's" would make one, of this thread alone.
        nint keyring = KeyCtl(Calls.KeyCtl, KeyringId, SessionKeyring, 0);
        fixed (byte* start = payload)
        {
            if (keyring < 0 || AddKey(Calls.AddKey, Type, description, start, (nuint)payload.Length, keyring) < 0)
            {
                throw Failure(description, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Whether there is a key of that name that can be found from here.</summary>
    public static bool Exists(string description) => Find(description) >= 0;

    /// <summary>Reads a key.</summary>
    /// <param name="description">Its name.</param>
    /// <param name="payload">Receives what fits of its payload.</param>
    /// <returns>The size of the payload in bytes, which may be more.</returns>
    /// <exception cref="KekException">There is none, or the kernel refused.</exception>
    public static int Read(string description, Span<byte> payload)
    {
        nint key = Find(description);
        if (key >= 0)
        {
            fixed (byte* start = payload)
            {
                key = KeyCtlRead(Calls.KeyCtl, ReadPayload, key, start, (nuint)payload.Length);
            }
        }

        return key >= 0 ? (int)key : throw Failure(description, Marshal.GetLastPInvokeError());
    }

    private static (int AddKey, int KeyCtl) Calls => s_calls ?? throw new PlatformNotSupportedException("The kernel's keyrings are not known on this processor.");

    private static nint Find(string description)
    {
        nint key = KeyCtlSearch(Calls.KeyCtl, Search, SessionKeyring, Type, description, 0);
        return key < 0 && Marshal.GetLastPInvokeError() == NoSuchKey ? KeyCtlSearch(Calls.KeyCtl, Search, UserKeyring, Type, description, 0) : key;
    }

    private static KekException Failure(string description, int error)
    {
        var (failure, text) = error switch
        {
            NoSuchKey => (KekFailure.Destroyed, "is in neither the session's nor the user's keyring. The machine may have restarted: load it anew, or unwrap through another KEK"),
            KeyExpired => (KekFailure.Destroyed, "has expired. Load it anew, or unwrap through another KEK"),
            KeyRevoked => (KekFailure.Disabled, "is revoked"),
            AccessDenied or NotPermitted => (KekFailure.Denied, "may not be read by this process. Where it is in the user's keyring, link that into the session's: keyctl link @u @s; in a container, its seccomp profile must allow add_key and keyctl"),
            _ => (KekFailure.Unavailable, $"cannot be had: the kernel answers with error {error}"),
        };
        return new KekException(failure, $"The key '{description}' {text}.");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint AddKey(nint number, string type, string description, byte* payload, nuint length, nint keyring);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint KeyCtlSearch(nint number, nint operation, nint keyring, string type, string description, nint destination);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint KeyCtl(nint number, nint operation, nint keyring, nint create);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint KeyCtlRead(nint number, nint operation, nint key, byte* payload, nuint length);
}
