using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests;

// Must hold 3: a KEK row slipped in.
public class KekRegistryTests
{
    private readonly ForeignKekProvider _foreign = new();
    private readonly KekRegistry _registry;

    public KekRegistryTests() => _registry = new KekRegistry(new Dictionary<string, IKekProvider> { ["foreign"] = _foreign, ["file"] = new FileKekProvider() }, PortableAead.Instance);

    [Fact]
    public void Find_WhenTheConfigurationDoesNotNameTheUri_FindsNothingAndCallsNobody()
    {
        _registry.Allow("foreign:mine", new KekOptions());
        Assert.Null(_registry.Find("foreign:slipped-in"));
        Assert.Null(_registry.Find("FOREIGN:mine"));
        Assert.Equal(1, _foreign.Opened);
        Assert.Equal(["foreign:mine"], _registry.Allowed.Select(static kek => kek.Id));
    }

    [Fact]
    public void Allow_WhenAUriIsGivenTwice_OpensItOnce()
    {
        var kek = _registry.Allow("foreign:mine", new KekOptions());
        Assert.Same(kek, _registry.Allow("foreign:mine", new KekOptions()));
        Assert.Same(kek, _registry.Find("foreign:mine"));
        Assert.Equal(1, _foreign.Opened);
    }

    [Theory]
    [InlineData("aws-kms:alias/x", "ColumnCrypt.Kek.AwsKms", "AddAwsKms")]
    [InlineData("vault:transit/key", "ColumnCrypt.Kek.Vault", "AddVault")]
    [InlineData("azure-kv:https://v.example/keys/k", "ColumnCrypt.Kek.AzureKeyVault", "AddAzureKeyVault")]
    [InlineData("gcp-kms:projects/p", "ColumnCrypt.Kek.GoogleKms", "AddGoogleKms")]
    [InlineData("pkcs11:token=t", "ColumnCrypt.Kek.Pkcs11", "AddPkcs11")]
    [InlineData("kmip:host:5696/name", "ColumnCrypt.Kek.Kmip", "AddKmip")]
    [InlineData("data-protection:purpose", "ColumnCrypt.Kek.DataProtection", "AddDataProtection")]
    public void Allow_WhenTheBackendIsNotRegistered_NamesThePackageAndTheCall(string uri, string package, string call)
    {
        var error = Assert.Throws<EncryptionModelException>(() => _registry.Allow(uri, new KekOptions()));
        Assert.Contains(package + " ", error.Message, StringComparison.Ordinal);
        Assert.Contains(call + "()", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing:x", "file:, foreign:")]
    [InlineData("File:kek.json", "'file:'")]
    [InlineData("AWS-KMS:alias/x", "'aws-kms:'")]
    [InlineData("kek.json", "file:kek.json")]
    [InlineData(":x", "file:kek.json")]
    public void Allow_WhenTheSchemeIsUnknown_SaysWhichOnesThereAre(string uri, string advice)
    {
        var error = Assert.Throws<EncryptionModelException>(() => _registry.Allow(uri, new KekOptions()));
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WhenDone_ClosesLocalKeks()
    {
        var registry = new KekRegistry(new Dictionary<string, IKekProvider> { ["memory"] = new InMemoryKekProvider() }, PortableAead.Instance);
        var kek = registry.Allow("memory:", new KekOptions());
        await kek.CheckAsync(TestContext.Current.CancellationToken);
        registry.Dispose();
        var context = new WrapContext(default, "t", default, Metadata.KeyKind.Data);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], context, TestContext.Current.CancellationToken));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
    }
}
