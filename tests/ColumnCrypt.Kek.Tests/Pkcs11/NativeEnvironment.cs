using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>The environment that native modules read: .NET keeps a copy of its own.</summary>
internal static partial class NativeEnvironment
{
    public static void Set(string name, string value)
    {
        Assert.Equal(0, SetEnvironment(name, value, 1));
        Environment.SetEnvironmentVariable(name, value);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
