using System.Diagnostics;
using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.Pkcs11;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

// Must hold 5: 32 threads for 20 s per module. COLUMNCRYPT_LONG=1: 5 minutes.
public sealed class Pkcs11LoadTests
{
    private const int Threads = 32;

    private static readonly WrapContext s_context = new(KeyId.Parse("00112233445566778899aabbccddeeff"), "northgate", KeyId.Parse("ffeeddccbbaa99887766554433221100"), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SoftHSM")]
    [InlineData("openCryptoki")]
    [InlineData("TPM")]
    public async Task Sessions_UnderThirtyTwoThreadsWithErrors_AreNotLeaked(string module)
    {
        var length = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(20);
        using var kek = (Pkcs11Kek)Open(module);
        var watch = Stopwatch.StartNew();
        int[] rounds = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => UseAsync(kek, s_context with { Tenant = $"tenant-{thread}" }, watch, length), Token)));

        Assert.InRange(kek.Token!.OpenSessions, 1, 17);
        Assert.All(rounds, static done => Assert.True(done > 0));
        TestContext.Current.SendDiagnosticMessage($"{module}: {rounds.Sum()} wraps and unwraps in {watch.Elapsed.TotalSeconds:0} s");
    }

    private static IKeyEncryptionKey Open(string module)
    {
        string label = $"busy-{Guid.NewGuid():N}";
        switch (module)
        {
            case "SoftHSM":
                SoftHsm.Shared.Admin.CreateAes(label);
                return SoftHsm.Open(SoftHsm.Uri(label));
            case "openCryptoki":
                OpenCryptoki.Shared.Admin.CreateRsa(label, 3_072);
                return OpenCryptoki.Open(OpenCryptoki.Uri(label));
            default:
                _ = Tpm.Shared;
                return Tpm.Open(Tpm.Uri("kek"));
        }
    }

    private static async Task<int> UseAsync(Pkcs11Kek kek, WrapContext context, Stopwatch watch, TimeSpan length)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        byte[] destination = new byte[64];
        int rounds = 0;
        do
        {
            var wrapped = await kek.WrapAsync(key, context, Token);
            Assert.Equal(32, await kek.UnwrapAsync(wrapped, context, destination, Token));
            Assert.Equal(key, destination[..32]);
            if (rounds++ % 16 == 0)
            {
                var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, destination, Token));
                Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
            }
        }
        while (watch.Elapsed < length);
        return rounds;
    }
}
