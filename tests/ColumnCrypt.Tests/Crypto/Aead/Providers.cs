using ColumnCrypt.Crypto.Aead;
using Xunit.Sdk;

namespace ColumnCrypt.Tests.Crypto.Aead;

/// <summary>The providers of this host: whatever holds of one holds of all.</summary>
internal static class Providers
{
    /// <summary>Their names, for a theory.</summary>
    public static TheoryData<string> Names => OperatingSystem.IsLinux() ? ["AesGcm", "libcrypto"] : ["AesGcm"];

    public static AeadProvider Named(string name) => name == "AesGcm" ? PortableAead.Instance : Libcrypto;

    /// <summary>The one that a Linux host must have; a host where .NET uses an OpenSSL older than 3 fails here.</summary>
    public static LibcryptoAead Libcrypto
    {
        get
        {
            Assert.Null(AeadChoice.Best.Refusal);
            return Assert.IsType<LibcryptoAead>(AeadChoice.Best.Provider);
        }
    }

    /// <summary>One that nobody else uses: the contexts that it counts are the caller's alone.</summary>
    public static LibcryptoAead OwnLibcrypto()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw SkipException.ForSkip("OpenSSL is the platform's cryptography on Linux only.");
        }

        Assert.True(MappedLibcrypto.TryFind(out var library, out string? why), why);
        return new LibcryptoAead(library.Export);
    }
}
