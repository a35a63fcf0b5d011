using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ColumnCrypt.Crypto;

/// <summary>What the operating system offers to keep memory out of swap and core dumps.</summary>
internal static unsafe partial class SystemMemory
{
    private const int MadvDontDump = 16;

    /// <summary>Locks a page into RAM. On Linux the page is also kept out of core dumps.</summary>
    public static bool TryLock(byte* address, nuint size, [NotNullWhen(false)] out string? why)
    {
        why = null;
        if (OperatingSystem.IsWindows())
        {
            return VirtualLock(address, size) || Refused("VirtualLock", out why);
        }

        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            why = "this system has no call to lock memory that ColumnCrypt knows";
            return false;
        }

        if (MLock(address, size) != 0)
        {
            return Refused("mlock", out why);
        }

        if (OperatingSystem.IsLinux() && MAdvise(address, size, MadvDontDump) != 0)
        {
            return Refused("madvise", out why);
        }

        return true;
    }

    private static bool Refused(string call, out string why)
    {
        why = $"{call} failed with error {Marshal.GetLastPInvokeError()}";
        return false;
    }

    [LibraryImport("libc", EntryPoint = "mlock", SetLastError = true)]
    private static partial int MLock(byte* address, nuint size);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(byte* address, nuint size, int advice);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualLock(byte* address, nuint size);
}
