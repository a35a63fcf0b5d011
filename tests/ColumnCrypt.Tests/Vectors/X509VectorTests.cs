using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Tests.Vectors;

// SPEC-WRAP-6
public sealed class X509VectorTests
{
    [Fact]
    public void Wraps_MeetTheKnownAnswers()
    {
        var vectors = VectorFile.Own("columncrypt.json").GetProperty("x509Wraps");
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(vectors.Hex("privateKey"), out _);
        var request = new CertificateRequest("CN=vectors", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var key = RsaKey.Of(request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1)))!;
        using var publicHalf = RsaKey.OfPublicKey(vectors.Hex("publicKey"));
        Assert.Equal((vectors.Text("version"), vectors.Text("version"), 3_072), (key.Version, publicHalf.Version, key.Bits));
        Assert.Equal(3, vectors.GetProperty("cases").GetArrayLength());
        byte[] opened = new byte[64];
        foreach (var item in vectors.GetProperty("cases").EnumerateArray())
        {
            byte[] digest = Digest.Sha256(item.Hex("context"));
            Assert.Equal<byte>([.. item.Hex("key"), .. digest], item.Hex("inner"));
            Assert.Equal(item.Hex("key"), opened[..key.TryOpen(item.Hex("wrap"), digest, 16, opened)!.Value]);
            Assert.Null(key.TryOpen(item.Hex("wrap"), Digest.Sha256([]), 16, opened));
            Assert.Equal(item.Hex("inner"), rsa.Decrypt(publicHalf.Seal(item.Hex("key"), digest), RSAEncryptionPadding.OaepSHA256));
        }
    }
}
