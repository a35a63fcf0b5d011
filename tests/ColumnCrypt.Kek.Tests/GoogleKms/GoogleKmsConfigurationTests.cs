using ColumnCrypt.Kek.GoogleKms;
using ColumnCrypt.Kek.GoogleKms.Rest;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

public sealed class GoogleKmsConfigurationTests
{
    private const string Uri = "gcp-kms:projects/clinic/locations/europe-west3/keyRings/ring/cryptoKeys/kek";

    [Theory]
    [InlineData("gcp-kms:")]
    [InlineData("gcp-kms:projects/clinic/keyRings/ring/cryptoKeys/kek")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/ring/cryptoKeys/")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek/cryptoKeyVersions/1")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek\n")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/../cryptoKeys/kek")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek?access_token=hunter2")]
    [InlineData("gcp-kms:projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek:decrypt")]
    [InlineData("gcp-kms:https://hunter2@cloudkms.googleapis.com/v1/projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteItAndShowsNoSecret(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new GoogleKmsProvider(null).Open(uri, new KekOptions()));
        Assert.Contains("gcp-kms:projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Uri)]
    [InlineData("gcp-kms:projects/example.org:clinic-7/locations/global/keyRings/Ring_1/cryptoKeys/K-2")]
    [InlineData("gcp-kms:projects/123456789/locations/eu/keyRings/r/cryptoKeys/k")]
    public void Open_WhenTheUriNamesAKey_DoesNoInput(string uri) => Assert.Equal(uri, new GoogleKmsProvider(null).Open(uri, new KekOptions()).Id);

    [Theory]
    [InlineData("http://kms.example.org/")]
    [InlineData("https://kms.example.org/v1/")]
    [InlineData("https://user@kms.example.org/")]
    [InlineData("ftp://127.0.0.1/")]
    public void Open_WhenTheEndpointIsNotHttpsAndAHost_IsRefused(string endpoint) =>
        Assert.Throws<EncryptionModelException>(() => new GoogleKmsProvider(kms => kms.Endpoint = new Uri(endpoint)).Open(Uri, new KekOptions()));

    // Must hold 7: a tenant's KEK never sees another identity.
    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutACredential_IsRefused()
    {
        foreach (var configure in new Action<GoogleKmsOptions>?[] { null, static kms => kms.Credential = GoogleDouble.Identity("application") })
        {
            var error = Assert.Throws<EncryptionModelException>(() => new GoogleKmsProvider(configure).Open(Uri, new KekOptions { IsTenantsOwn = true }));
            Assert.Contains("that tenant's credential", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Capabilities_SayThatNobodyElseMayWrap()
    {
        var kek = new GoogleKmsProvider(null).Open(Uri, new KekOptions());
        Assert.Equal(KekCapabilities.Remote | KekCapabilities.Versions, kek.Capabilities);
        Assert.Equal(256, kek.SecurityStrength);
    }

    // RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
    [Fact]
    public void Crc_OfKnownBytes_IsTheKnownOne()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Of(Enumerable.Range(0, 32).Select(static i => (byte)(31 - i)).ToArray()));
        Assert.Equal(0u, Crc32C.Of([]));
    }
}
