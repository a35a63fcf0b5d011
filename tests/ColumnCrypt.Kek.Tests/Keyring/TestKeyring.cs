using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Tests.Keyring;

/// <summary>What somebody with keyctl(1) does to the keys of this session.</summary>
internal static unsafe partial class TestKeyring
{
    private const int Session = -3;

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static nint KeyCtl => IsX64 ? 250 : 219;

    private static nint Keyring => Call(KeyCtl, 0, Session, 0, 0);

    public static string NewName() => $"test-{Guid.NewGuid():N}";

    public static void SkipWhereMissing()
    {
        if (!OperatingSystem.IsLinux() || Keyring < 0)
        {
            RequiredServers.Missing("The kernel's keyrings are not to be had here: this is no Linux, or a container forbids keyctl.");
        }
    }

    public static void Create(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Keyrings are the Linux kernel's.");
        }

        KeyringKek.Create(name);
    }

    public static void Add(string name, ReadOnlySpan<byte> payload)
    {
        fixed (byte* start = payload)
        {
            Assert.True(AddKey(IsX64 ? 248 : 217, "user", "columncrypt:" + name, start, (nuint)payload.Length, Keyring) > 0);
        }
    }

    public static void Revoke(string name) => Assert.Equal(0, Call(KeyCtl, 3, Find(name), 0, 0));

    public static void Unlink(string name) => Assert.Equal(0, Call(KeyCtl, 9, Find(name), Session, 0));

    /// <summary>Takes the rights away from everybody, for the minute that the key has left.</summary>
    public static void Forbid(string name)
    {
        nint key = Find(name);
        Assert.Equal(0, Call(KeyCtl, 15, key, 60, 0));
        Assert.Equal(0, Call(KeyCtl, 5, key, 0x01000000, 0));
    }

    private static nint Find(string name)
    {
        nint key = Search(KeyCtl, 10, Session, "user", "columncrypt:" + name, 0);
        return key > 0 ? key : throw new InvalidOperationException($"keyctl search: {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint AddKey(nint number, string type, string description, byte* payload, nuint length, nint keyring);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Search(nint number, nint operation, nint keyring, string type, string description, nint destination);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint operation, nint a, nint b, nint c);
}
