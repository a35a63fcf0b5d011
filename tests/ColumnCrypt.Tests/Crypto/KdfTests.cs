using System.Security.Cryptography;
using System.Text;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Tests.Crypto;

// Must hold 3: SP 800-108 known answers. SPEC-KDF-2
public sealed class KdfTests
{
    // NIST CAVP, KBKDF counter mode, PRF HMAC_SHA256, CTRLOCATION BEFORE_FIXED, RLEN 32 BITS; outputs of one block.
    [Theory]
    [InlineData(
        "dd1d91b7d90b2bd3138533ce92b272fbf8a369316aefe242e659cc0ae238afe0",
        "01322b96b30acd197979444e468e1c5c6859bf1b1cf951b7e725303e237e46b864a145fab25e517b08f8683d0315bb2911d80a0e8aba17f3b413faac",
        "10621342bfb0fd40046c0e29f2cfdbf0")]
    [InlineData(
        "e204d6d466aad507ffaf6d6dab0a5b26152c9e21e764370464e360c8fbc765c6",
        "7b03b98d9f94b899e591f3ef264b71b193fba7043c7e953cde23bc5384bc1a6293580115fae3495fd845dadbd02bd6455cf48d0f62b33e62364a3a80",
        "770dfab6a6a4a4bee0257ff335213f78d8287b4fd537d5c1fffa956910e7c779")]
    [InlineData(
        "dc60338d884eecb72975c603c27b360605011756c697c4fc388f5176ef81efb1",
        "44d7aa08feba26093c14979c122c2437c3117b63b78841cd10a4bc5ed55c56586ad8986d55307dca1d198edcffbc516a8fbe6152aa428cdd800c062d",
        "29ac07dccf1f28d506cd623e6e3fc2fa255bd60b")]
    public void OneBlock_AsThisTestComputesIt_MeetsTheNistAnswers(string key, string fixedInput, string output)
    {
        byte[] block = OneBlock(Convert.FromHexString(key), Convert.FromHexString(fixedInput));
        Assert.Equal(output, Convert.ToHexStringLower(block)[..output.Length]);
    }

    [Theory]
    [InlineData("columncrypt/1/key-id", 0)]
    [InlineData("columncrypt/1/aead", 19)]
    [InlineData("columncrypt/1/index", 300)]
    public void Derive_IsThatBlockOverLabelZeroContextAndLength(string label, int contextSize)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        byte[] context = RandomNumberGenerator.GetBytes(contextSize);
        byte[] output = new byte[32];
        Kdf.Derive(key, label, context, output);
        Assert.Equal(OneBlock(key, [.. Encoding.UTF8.GetBytes(label), 0, .. context, 0, 0, 1, 0]), output);
    }

    private static byte[] OneBlock(byte[] key, byte[] fixedInput) => HMACSHA256.HashData(key, (byte[])[0, 0, 0, 1, .. fixedInput]);
}
