using System.Diagnostics;
using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.Pkcs11;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

// SPEC-WRAP-8
public sealed class Pkcs11Tests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pkcs11:token=t", "names no key")]
    [InlineData("pkcs11:token=t;object=k;colour=red", "'colour' is not one of")]
    [InlineData("pkcs11:token=t;object=k;object=k", "twice")]
    [InlineData("pkcs11:token=t;object=%4", "percent-encoding")]
    [InlineData("pkcs11:token=t;object=k;type=cert", "secret-key, or private")]
    [InlineData("pkcs11:token=t;object=k", "needs a module")]
    public void Open_WhenTheUriIsWrong_SaysWhat(string uri, string what)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new Pkcs11Provider(null).Open(uri, new KekOptions()));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenTheUriHoldsAPin_IsRefusedWithoutShowingIt()
    {
        var error = Assert.Throws<EncryptionModelException>(() => new Pkcs11Provider(null).Open("pkcs11:token=t;object=k?pin-value=271828", new KekOptions()));
        Assert.DoesNotContain("271828", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("pin-source", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutPin_IsRefused() => Assert.Contains(
        "that tenant's PIN",
        Assert.Throws<EncryptionModelException>(
            () => new Pkcs11Provider(static own => (own.Pin, own.ModulePath) = ("application", SoftHsm.ModulePath)).Open(SoftHsm.Uri("k"), new KekOptions { IsTenantsOwn = true })).Message,
        StringComparison.Ordinal);

    // The URI of a tenant's own KEK is what somebody passes on.
    [Theory]
    [InlineData("pkcs11:token=t;object=k?pin-source=file:/etc/clinic/pin")]
    [InlineData("pkcs11:token=t;object=k?module-path=/tmp/any.so")]
    public void Open_WhenTheUriOfATenantsOwnSaysWhatToLoadOrWhereThePinIs_IsRefused(string uri)
    {
        var options = new KekOptions { IsTenantsOwn = true };
        options.Of<Pkcs11Settings>().Configure = static own => own.Pin = "999999";
        var error = Assert.Throws<EncryptionModelException>(() => new Pkcs11Provider(static own => own.ModulePath = SoftHsm.ModulePath).Open(uri, options));
        Assert.Contains("UseTenantKeks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheModuleIsNone_IsUnavailable()
    {
        var kek = new Pkcs11Provider(null).Open("pkcs11:token=t;object=k?module-path=/usr/lib/no-such-module.so", new KekOptions());
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.Contains("module-path", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_ThatCanBeReadOut_IsRefusedUnlessAllowed()
    {
        SoftHsm.Shared.Admin.CreateAes("readable", extractable: true);
        var error = await Assert.ThrowsAsync<KekException>(async () => await SoftHsm.Open(SoftHsm.Uri("readable")).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("CKA_EXTRACTABLE", error.Message, StringComparison.Ordinal);
        await SoftHsm.Open(SoftHsm.Uri("readable"), allowWeak: true).CheckAsync(Token);
    }

    [Fact]
    public async Task Key_OfWhichThereAreTwo_IsRefused()
    {
        SoftHsm.Shared.Admin.CreateAes("twice");
        SoftHsm.Shared.Admin.CreateAes("twice");
        var error = await Assert.ThrowsAsync<KekException>(async () => await SoftHsm.Open(SoftHsm.Uri("twice")).CheckAsync(Token));
        Assert.Contains("id=", error.Message, StringComparison.Ordinal);
    }

    // SoftHSM has RSA-OAEP with SHA-1 alone.
    [Fact]
    public async Task KeyPair_OnATokenThatCannotWrapSo_IsNeverWrappedUnderLess()
    {
        SoftHsm.Shared.Admin.CreateRsa("pair", 3_072);
        var kek = SoftHsm.Open(SoftHsm.Uri("pair;type=private"));
        Assert.True(kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token));
        Assert.NotEqual(KekFailure.WrongContextOrTampered, error.Failure);
    }

    // Must hold 5: a wrong PIN is tried once.
    [Fact]
    public async Task Pin_ThatWasRefused_IsNeverTriedAgain()
    {
        _ = SoftHsm.Shared;
        var provider = new Pkcs11Provider(null);
        var wrong = SoftHsm.Open(provider, SoftHsm.Uri("kek", "another"), pin: "000000");
        var right = SoftHsm.Open(provider, SoftHsm.Uri("kek2", "another"), pin: "654321");
        for (int i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<KekException>(async () => await wrong.CheckAsync(Token));
            Assert.Equal(KekFailure.Denied, error.Failure);
            Assert.DoesNotContain("000000", error.ToString(), StringComparison.Ordinal);
        }

        // Nor another one, by this process: nobody counts how many are left.
        await Assert.ThrowsAsync<KekException>(async () => await right.CheckAsync(Token));
    }

    [Fact]
    public async Task Login_OfAnother_CannotBeRiddenOn()
    {
        SoftHsm.Shared.Admin.CreateAes("shared");
        var provider = new Pkcs11Provider(null);
        await SoftHsm.Open(provider, SoftHsm.Uri("shared")).CheckAsync(Token);
        var error = await Assert.ThrowsAsync<KekException>(async () => await SoftHsm.Open(provider, SoftHsm.Uri("shared") + "&pin-source=/dev/null", pin: "999999").CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
    }

    [Fact]
    public async Task PinFile_ThatChangesOrIsEndless_HarmsNobody()
    {
        using var folder = new TempFolder();
        SoftHsm.Shared.Admin.CreateAes("pin-file");
        File.WriteAllText(folder.File("pin"), SoftHsm.Pin + "\nand a remark");
        string uri = SoftHsm.Uri("pin-file") + "&pin-source=file:" + folder.File("pin");
        var kek = new Pkcs11Provider(null).Open(uri, new KekOptions());
        await kek.CheckAsync(Token);
        File.WriteAllText(folder.File("pin"), "another");
        await kek.CheckAsync(Token);

        File.WriteAllText(folder.File("pin"), new string('1', 1_000_000));
        var error = await Assert.ThrowsAsync<KekException>(async () => await new Pkcs11Provider(null).Open(uri, new KekOptions()).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Mark_OfAMechanismThatIsNotThere_IsAWrapThatWasChanged(byte mark)
    {
        SoftHsm.Shared.Admin.CreateAes($"mark-{mark}");
        var kek = SoftHsm.Open(SoftHsm.Uri($"mark-{mark}"));
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        byte[] bytes = [mark, .. wrapped.Bytes.Span[1..]];
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped with { Bytes = bytes }, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
    }

    [Fact]
    public async Task Calls_ThatAreGivenUp_LeaveTheTokenUsable()
    {
        SoftHsm.Shared.Admin.CreateAes("given-up");
        using var kek = (Pkcs11Kek)SoftHsm.Open(SoftHsm.Uri("given-up"));
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (call, token) =>
        {
            using var giveUp = new CancellationTokenSource(TimeSpan.FromMicroseconds(call * 4));
            try
            {
                var destination = new byte[64];
                Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, destination, giveUp.Token));
                Assert.Equal(new byte[32], destination[..32]);
            }
            catch (OperationCanceledException)
            {
                // As asked for.
            }
        });
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.InRange(kek.Token!.OpenSessions, 1, 17);
    }

    // Must hold 7, in a process that has logged in elsewhere.
    [Fact]
    public async Task Login_OfTheProcess_IsNotATenants()
    {
        SoftHsm.Shared.Admin.CreateAes("of-a-tenant");
        await SoftHsm.Open(SoftHsm.Uri("of-a-tenant")).CheckAsync(Token);
        var options = new KekOptions { IsTenantsOwn = true };
        options.Of<Pkcs11Settings>().Configure = static own => (own.Pin, own.ModulePath) = ("999999", SoftHsm.ModulePath);
        var error = await Assert.ThrowsAsync<KekException>(async () => await new Pkcs11Provider(null).Open(SoftHsm.Uri("of-a-tenant"), options).CheckAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
    }

    [Fact]
    public async Task Describe_TellsKeyAndMechanism()
    {
        SoftHsm.Shared.Admin.CreateAes("described");
        var details = await SoftHsm.Open(SoftHsm.Uri("described")).DescribeAsync(Token);
        Assert.Contains(new("key", "AES, 256 bits"), details);
        Assert.Contains(new("mechanism", "CKM_AES_GCM"), details);
    }

    [Fact]
    public async Task Wrap_OfTheOtherMechanism_IsStillOpened()
    {
        SoftHsm.Shared.Admin.CreateAes("both");
        var key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await SoftHsm.Open(SoftHsm.Uri("both"), Pkcs11Mechanism.AesKeyWrap).WrapAsync(key, s_context, Token);
        var destination = new byte[64];
        Assert.Equal(32, await SoftHsm.Open(SoftHsm.Uri("both")).UnwrapAsync(wrapped, s_context, destination, Token));
        Assert.Equal(key, destination[..32]);
    }
}
