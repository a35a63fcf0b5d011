using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// Finds the libcrypto that .NET has loaded into this process, and no other: one file alone is mapped under that name, its version is the one
/// that .NET reports, and every function lies inside its mapping. Thread-safe.
/// </summary>
internal sealed class MappedLibcrypto
{
    private const string Maps = "/proc/self/maps";
    private const long OpenSsl3 = 0x3000_0000;

    private readonly nint _handle;
    private readonly IReadOnlyList<(ulong From, ulong To)> _ranges;

    private MappedLibcrypto(nint handle, IReadOnlyList<(ulong From, ulong To)> ranges)
    {
        _handle = handle;
        _ranges = ranges;
    }

    /// <summary>Finds the library, or says why there is none to use.</summary>
    [SupportedOSPlatform("linux")]
    public static bool TryFind([NotNullWhen(true)] out MappedLibcrypto? library, [NotNullWhen(false)] out string? why)
    {
        library = null;
        long version = SafeEvpPKeyHandle.OpenSslVersion;
        if (version < OpenSsl3)
        {
            why = string.Create(CultureInfo.InvariantCulture, $".NET uses OpenSSL {version:x8}; 3.0 or later is wanted");
            return false;
        }

        var mapped = ReadMaps(File.ReadLines(Maps));
        if (mapped.Count != 1)
        {
            why = mapped.Count == 0 ? "no libcrypto is mapped" : $"{mapped.Count} libraries named libcrypto are mapped";
            return false;
        }

        var (path, ranges) = mapped.First();
        if (!NativeLibrary.TryLoad(path, out nint handle))
        {
            why = "the mapped libcrypto is no longer where it was loaded from";
            return false;
        }

        library = new MappedLibcrypto(handle, ranges);
        if (library.IsVersion(version))
        {
            why = null;
            return true;
        }

        library = null;
        why = "the mapped libcrypto is not the one that .NET uses";
        return false;
    }

    /// <summary>The address of a function.</summary>
    /// <exception cref="EntryPointNotFoundException">The library lacks it, or has it from elsewhere.</exception>
    public nint Export(string name)
    {
        nint address = NativeLibrary.GetExport(_handle, name);
        return IsInside(address) ? address : throw new EntryPointNotFoundException($"{name} is not in the libcrypto that .NET has mapped.");
    }

    /// <summary>The files named libcrypto of a process's maps (proc_pid_maps(5)), with their ranges of addresses.</summary>
    internal static Dictionary<string, List<(ulong From, ulong To)>> ReadMaps(IEnumerable<string> lines)
    {
        var files = new Dictionary<string, List<(ulong From, ulong To)>>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || !Path.GetFileName(line).StartsWith("libcrypto.so", StringComparison.Ordinal))
            {
                continue;
            }

            string path = line[slash..];
            if (!files.TryGetValue(path, out var ranges))
            {
                files[path] = ranges = [];
            }

            string[] range = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            ranges.Add((ulong.Parse(range[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), ulong.Parse(range[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
        }

        return files;
    }

    private unsafe bool IsVersion(long version) =>
        NativeLibrary.TryGetExport(_handle, "OpenSSL_version_num", out nint address)
        && IsInside(address)
        && (long)((delegate* unmanaged[Cdecl]<nuint>)address)() == version;

    private bool IsInside(nint address)
    {
        foreach (var (from, to) in _ranges)
        {
            if ((ulong)address >= from && (ulong)address < to)
            {
                return true;
            }
        }

        return false;
    }
}
