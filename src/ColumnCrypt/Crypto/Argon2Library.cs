using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// The system's libargon2, the reference implementation of RFC 9106 (docs/adr says why a library of the system computes it).
/// </summary>
internal static unsafe partial class Argon2Library
{
    private const string Library = "argon2";
    private const int Ok = 0;
    private const int MemoryAllocationError = -22;

    static Argon2Library() => NativeLibrary.SetDllImportResolver(typeof(Argon2Library).Assembly, Resolve);

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable => TryLoad(out _);

    /// <exception cref="PlatformNotSupportedException">The library is not there, or has not enough memory.</exception>
    public static void HashId(int passes, int memoryKiB, int lanes, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        if (!IsAvailable)
        {
            throw new PlatformNotSupportedException(
                "Argon2id needs the system library libargon2, which this host does not have. Install it (Debian, Ubuntu: libargon2-1; Fedora: libargon2; "
                + "Alpine: argon2-libs; macOS: brew install argon2), or use a KEK file made with PBKDF2.");
        }

        int result;
        fixed (byte* passphraseStart = passphrase)
        fixed (byte* saltStart = salt)
        fixed (byte* hashStart = hash)
        {
            result = HashRaw(
                (uint)passes, (uint)memoryKiB, (uint)lanes, passphraseStart, (nuint)passphrase.Length, saltStart, (nuint)salt.Length, hashStart, (nuint)hash.Length);
        }

        if (result != Ok)
        {
            CryptographicOperations.ZeroMemory(hash);
            throw new PlatformNotSupportedException(result == MemoryAllocationError
                ? $"Argon2id could not get {memoryKiB} KiB of memory. Raise the limit of this process for the moment in which it starts."
                : $"libargon2 failed with error {result}.");
        }
    }

    private static bool TryLoad(out nint handle)
    {
        string[] names = OperatingSystem.IsWindows() ? ["libargon2.dll", "argon2.dll"]
            : OperatingSystem.IsMacOS() ? ["libargon2.1.dylib", "/opt/homebrew/lib/libargon2.1.dylib", "/usr/local/lib/libargon2.1.dylib"]
            : ["libargon2.so.1"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, typeof(Argon2Library).Assembly, DllImportSearchPath.SafeDirectories, out handle))
            {
                return true;
            }
        }

        handle = 0;
        return false;
    }

    private static nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? path) =>
        name == Library && TryLoad(out nint handle) ? handle : 0;

    [LibraryImport(Library, EntryPoint = "argon2id_hash_raw")]
    private static partial int HashRaw(
        uint passes, uint memoryKiB, uint lanes, byte* passphrase, nuint passphraseLength, byte* salt, nuint saltLength, byte* hash, nuint hashLength);
}
