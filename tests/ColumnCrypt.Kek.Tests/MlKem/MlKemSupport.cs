using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek.Tests.MlKem;

internal static class MlKemSupport
{
    public static void SkipWhereMissing()
    {
        if (!HybridKey.IsSupported)
        {
            Assert.Skip("This platform has no ML-KEM: it needs OpenSSL 3.5 or later.");
        }
    }
}
