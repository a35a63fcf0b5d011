using System.Diagnostics;
using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Tests.Crypto.Aead;

// Native contexts are owned, their number and the memory of the process stay flat. COLUMNCRYPT_LONG=1: 10,000,000 operations.
[Collection(nameof(LibcryptoTests))]
[CollectionDefinition(nameof(LibcryptoTests), DisableParallelization = true)]
public sealed class LibcryptoTests
{
    private const long MiB = 1024 * 1024;

    private static readonly int s_operations = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 10_000_000 : 600_000;

    [Fact]
    public void Operations_OfAllKinds_LeaveContextsAndMemoryFlat()
    {
        var provider = Providers.OwnLibcrypto();
        Use(provider, s_operations / 10);
        int contexts = provider.LiveContexts;
        long before = ResidentBytes();

        Use(provider, s_operations);

        Assert.Equal(contexts, provider.LiveContexts);
        long growth = ResidentBytes() - before;
        Assert.True(growth < 16 * MiB, $"the process has grown by {growth / MiB} MiB");
    }

    [Fact]
    public void Contexts_ThatNobodyDisposed_AreFreedWhenCollected()
    {
        var provider = Providers.OwnLibcrypto();
        Abandon(provider);
        for (int i = 0; i < 10 && provider.LiveContexts > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, provider.LiveContexts);
    }

    [Fact]
    public void RefusedValue_LeavesNoErrorForTheNextCallerOfOpenSsl()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenSSL is the platform's cryptography on Linux only.");
        using var context = Providers.Libcrypto.Open(new byte[32]);
        Assert.False(context.TryDecrypt(new byte[12], new byte[5], new byte[16], new byte[5]));

        // Each of these reads the queue of errors where it fails, and its message with it.
        using var rsa = RSA.Create(2048);
        byte[] sealedText = rsa.Encrypt([1, 2, 3], RSAEncryptionPadding.OaepSHA256);
        Assert.Equal([1, 2, 3], rsa.Decrypt(sealedText, RSAEncryptionPadding.OaepSHA256));
        using var gcm = new AesGcm(new byte[32], 16);
        Assert.Throws<AuthenticationTagMismatchException>(() => gcm.Decrypt(new byte[12], new byte[5], new byte[16], new byte[5]));
    }

    private static void Abandon(LibcryptoAead provider)
    {
        for (int i = 0; i < 1_000; i++)
        {
            _ = provider.Open(new byte[32]);
            _ = provider.OpenMac(new byte[32]);
        }
    }

    // Encrypts, decrypts, is refused, computes a MAC, and makes and frees a context now and then.
    private static void Use(LibcryptoAead provider, int operations)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        byte[] nonce = new byte[12];
        byte[] text = new byte[64];
        byte[] tag = new byte[16];
        byte[] digest = new byte[32];
        for (int i = 0; i < operations;)
        {
            using var context = provider.Open(key);
            using var mac = provider.OpenMac(key);
            for (int j = 0; j < 30; j++, i += 4)
            {
                BitConverter.TryWriteBytes(nonce, i);
                mac.Compute(text, digest);
                context.Encrypt(nonce, text, tag);
                byte first = tag[0];
                tag[0] ^= 1;
                byte[] plaintext = new byte[text.Length];
                if (context.TryDecrypt(nonce, text, tag, plaintext))
                {
                    throw new InvalidOperationException("A changed tag was accepted.");
                }

                tag[0] = first;
                if (!context.TryDecrypt(nonce, text, tag, plaintext))
                {
                    throw new InvalidOperationException("The tag was refused.");
                }
            }
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
