using System.Security.Cryptography;
using System.Text.Json;
using ColumnCrypt.Tests.Crypto.Aead;

namespace ColumnCrypt.Tests.Vectors;

// Must hold 3: the answers of an implementation that is not ours
public sealed class SharedVectorTests
{
    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void IndependentImplementation_EveryAnswerIsMet(string name)
    {
        var provider = Providers.Named(name);
        var vectors = VectorFile.Shared("columncrypt-1.json");
        Assert.Equal(6, VectorChecks.Kdf(vectors.GetProperty("kdf")));
        Assert.Equal(4, VectorChecks.Keys(vectors.GetProperty("keys"), "dek"));
        Assert.Equal(8, VectorChecks.Values(vectors.GetProperty("values"), provider));
        Assert.Equal(7, VectorChecks.Index(vectors.GetProperty("index")));
        Assert.Equal(4, VectorChecks.WrapContexts(vectors.GetProperty("wrapContext")));
        Assert.Equal(11, vectors.GetProperty("refused").GetArrayLength());
        Assert.All(
            vectors.GetProperty("refused").EnumerateArray(),
            item => Assert.True(VectorChecks.IsRefused(item.Hex("dek"), item.Text("purpose"), item.Hex("value"), provider), item.Text("why")));
    }

    [Fact]
    public void WycheproofAesGcm_The66ThatApplyToSuite1_AreMet()
    {
        int tests = 0;
        foreach (var group in VectorFile.Shared("wycheproof/aes_gcm_test.json").GetProperty("testGroups").EnumerateArray())
        {
            if (Number(group, "keySize") != 256 || Number(group, "ivSize") != 96 || Number(group, "tagSize") != 128)
            {
                continue;
            }

            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                using var gcm = new AesGcm(test.Hex("key"), 16);
                byte[] plaintext = new byte[test.Hex("ct").Length];
                bool opened = Opens(() => gcm.Decrypt(test.Hex("iv"), test.Hex("ct"), test.Hex("tag"), plaintext, test.Hex("aad")));
                Assert.Equal(test.Text("result") == "valid", opened);
                Assert.Equal(opened ? test.Hex("msg") : new byte[plaintext.Length], plaintext);
                tests++;
            }
        }

        Assert.Equal(66, tests);
    }

    [Fact]
    public void WycheproofHmacSha256_The87OfFullSizeTags_AreMet()
    {
        int tests = 0;
        foreach (var group in VectorFile.Shared("wycheproof/hmac_sha256_test.json").GetProperty("testGroups").EnumerateArray())
        {
            foreach (var test in group.GetProperty("tests").EnumerateArray().Where(_ => Number(group, "tagSize") == 256))
            {
                bool equal = HMACSHA256.HashData(test.Hex("key"), test.Hex("msg")).AsSpan().SequenceEqual(test.Hex("tag"));
                Assert.Equal(test.Text("result") == "valid", equal);
                tests++;
            }
        }

        Assert.Equal(87, tests);
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static bool Opens(Action decrypt)
    {
        try
        {
            decrypt();
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
