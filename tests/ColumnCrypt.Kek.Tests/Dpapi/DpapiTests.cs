using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.Dpapi;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.Dpapi;

public class DpapiTests
{
    [Theory]
    [InlineData("dpapi:")]
    [InlineData("dpapi:clinic")]
    [InlineData("dpapi:user/")]
    [InlineData("dpapi:somebody/clinic")]
    [InlineData("dpapi:user/a/b")]
    [InlineData("dpapi:machine/a b")]
    public void Open_WhenTheUriNamesNone_SaysHowToWriteIt(string uri) =>
        Assert.Contains("dpapi:user/NAME", Assert.Throws<EncryptionModelException>(() => new DpapiKekProvider().Open(uri, new KekOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("dpapi:user/clinic")]
    [InlineData("dpapi:machine/clinic")]
    public void Configuration_WhenThisIsNoWindows_IsRefusedAtTheStart(string uri)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "This is Windows.");
        var error = Assert.Throws<EncryptionModelException>(() =>
            ColumnCryptInstance.Create(cc => cc.AddDpapi().UseKek(uri).UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System))).Dispose());
        Assert.Contains("Windows", error.Message, StringComparison.Ordinal);
        Assert.Contains(uri, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenTheKekIsATenantsOwn_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "The Data Protection API is Windows'.");
        Assert.Contains("no tenant's own", Assert.Throws<EncryptionModelException>(() => new DpapiKekProvider().Open("dpapi:user/x", new KekOptions { IsTenantsOwn = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_WhenNobodyRegisteredIt_NamesThePackage() =>
        Assert.Contains(
            "ColumnCrypt.Kek.Dpapi",
            Assert.Throws<EncryptionModelException>(() => ColumnCryptInstance.Create(static cc => cc.UseKek("dpapi:user/x").UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System))).Dispose()).Message,
            StringComparison.Ordinal);
}
