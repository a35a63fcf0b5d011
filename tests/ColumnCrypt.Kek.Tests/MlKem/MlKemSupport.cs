using System.Runtime.CompilerServices;
using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek.Tests.MlKem;

/// <summary>Tests with this trait are run once more under an OpenSSL that has ML-KEM: <c>.ci/with-openssl-3.5</c>.</summary>
internal static class MlKemSupport
{
    public const string Trait = "Needs";

    public const string Value = "ML-KEM";

    // The servers of the tests run with the system's libraries, whatever this process was started with.
    [ModuleInitializer]
    internal static void ForgetLibraries() => Environment.SetEnvironmentVariable("LD_LIBRARY_PATH", null);

    public static void SkipWhereMissing()
    {
        if (!HybridKey.IsSupported)
        {
            Assert.Skip("This platform has no ML-KEM: it needs OpenSSL 3.5 or later. See .ci/with-openssl-3.5.");
        }
    }
}
