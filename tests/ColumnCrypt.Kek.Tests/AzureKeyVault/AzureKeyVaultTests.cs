using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.AzureKeyVault;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

// SPEC-WRAP-11
public sealed class AzureKeyVaultTests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static VaultDouble Vault => VaultDouble.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rotation_IsANewVersion_AndFormerOnesUnwrap()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var (uri, name, first) = Create(bits: 2_048);
        var kek = Vault.Open(uri, allowWeak: true, time: time);
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var before = await kek.WrapAsync(key, s_context, Token);
        Assert.Equal(first.Version, before.KekVersion);

        var second = Vault.Create(VaultDouble.VaultHost, name, bits: 2_048);
        time.Advance(TimeSpan.FromMinutes(1));
        var after = await kek.RewrapAsync(before, s_context, Token);
        Assert.Equal(second.Version, after.KekVersion);
        Assert.Equal(key, await UnwrapAsync(kek, before));
        Assert.Equal(key, await UnwrapAsync(kek, after));
        Assert.Contains(new("versions", "2"), await kek.DescribeAsync(Token));
    }

    [Fact]
    public async Task Uri_ThatNamesAVersion_UsesThatAlone()
    {
        var (uri, name, first) = Create(bits: 2_048);
        var second = Vault.Create(VaultDouble.VaultHost, name, bits: 2_048);
        var kek = Vault.Open($"{uri}/{first.Version}", allowWeak: true);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(first.Version, wrapped.KekVersion);
        Assert.Equal(new byte[32], await UnwrapAsync(kek, wrapped));

        var newest = await Vault.Open(uri, allowWeak: true).WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(second.Version, newest.KekVersion);
        Assert.Equal(KekFailure.WrongContextOrTampered, await FailsAsync(() => UnwrapAsync(kek, newest)));
    }

    [Theory]
    [InlineData("../../other/versions")]
    [InlineData("")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdef?x=/")]
    public async Task Version_ThatSomebodyWroteIntoTheTables_IsCalledOnlyWhereItIsOne(string version)
    {
        using var vault = new VaultDouble();
        vault.Create(VaultDouble.VaultHost, "kek", bits: 2_048);
        var kek = vault.Open($"azure-kv:https://{VaultDouble.VaultHost}/keys/kek", allowWeak: true);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        int calls = vault.Calls.Count;
        Assert.Equal(KekFailure.WrongContextOrTampered, await FailsAsync(() => UnwrapAsync(kek, wrapped with { KekVersion = version })));
        Assert.Equal(calls, vault.Calls.Count);
    }

    [Fact]
    public async Task Version_OfAnotherKey_CallsNoOtherKey()
    {
        var (mine, _, _) = Create(bits: 2_048);
        var (theirs, name, _) = Create(bits: 2_048);
        var planted = await Vault.Open(theirs, allowWeak: true).WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(KekFailure.WrongContextOrTampered, await FailsAsync(() => UnwrapAsync(Vault.Open(mine, allowWeak: true), planted)));
        Assert.DoesNotContain(Vault.Calls, call => call.Path.Contains(name, StringComparison.Ordinal) && call.Path.EndsWith("unwrapkey", StringComparison.Ordinal));
    }

    // A vault wraps on with a key that is disabled: a wrap is a public operation.
    [Fact]
    public async Task DisabledKey_WrapsNoMoreAfterAMinute_AndUnwrapsNoMoreAtOnce()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var (uri, _, version) = Create(bits: 2_048);
        var kek = Vault.Open(uri, allowWeak: true, time: time);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        version.IsEnabled = false;

        time.Advance(TimeSpan.FromSeconds(59));
        await kek.WrapAsync(new byte[32], s_context, Token);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KekFailure.Disabled, await FailsAsync(() => kek.WrapAsync(new byte[32], s_context, Token).AsTask()));
        Assert.Equal(KekFailure.Disabled, await FailsAsync(() => UnwrapAsync(kek, wrapped)));
        Assert.Equal(KekFailure.Disabled, await FailsAsync(() => kek.CheckAsync(Token).AsTask()));
        Assert.Contains(new("enabled", "no"), await kek.DescribeAsync(Token));
        version.IsEnabled = true;
        await kek.CheckAsync(Token);
    }

    [Theory]
    [InlineData(-7_200, -3_600)]
    [InlineData(3_600, 7_200)]
    public async Task KeyOutsideItsWindow_UnwrapsAndDoesNotWrap(int from, int until)
    {
        var (uri, _, version) = Create(bits: 2_048);
        var wrapped = await Vault.Open(uri, allowWeak: true).WrapAsync(new byte[32], s_context, Token);
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        (version.NotBefore, version.Expires) = (now + from, now + until);
        var kek = Vault.Open(uri, allowWeak: true);
        Assert.Equal(new byte[32], await UnwrapAsync(kek, wrapped));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token));
        Assert.Equal(KekFailure.Disabled, error.Failure);
        Assert.Contains("Rotate it", error.Message, StringComparison.Ordinal);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(now + until), kek.ExpiresAt);
    }

    [Fact]
    public async Task RsaKey_Below3072Bits_IsForAllowWeakKek()
    {
        var (uri, _, _) = Create(bits: 2_048);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Vault.Open(uri).WrapAsync(new byte[32], s_context, Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.Contains("AllowWeakKek", error.Message, StringComparison.Ordinal);
        var weak = Vault.Open(uri, allowWeak: true);
        Assert.Null(weak.SecurityStrength);
        await weak.CheckAsync(Token);
        Assert.Equal(112, weak.SecurityStrength);
    }

    [Theory]
    [InlineData("EC-HSM", 256, AzureKeyVaultAlgorithm.Automatic)]
    [InlineData("RSA", 2_048, AzureKeyVaultAlgorithm.Aes256Gcm)]
    [InlineData("oct-HSM", 256, AzureKeyVaultAlgorithm.RsaOaep256)]
    public async Task KeyOfAnotherType_IsDenied(string type, int bits, AzureKeyVaultAlgorithm algorithm)
    {
        var (uri, _, _) = Create(VaultDouble.HsmHost, type, bits);
        var kek = Vault.Open(uri, configure: vault => vault.Algorithm = algorithm, allowWeak: true);
        Assert.Equal(KekFailure.Denied, await FailsAsync(() => kek.WrapAsync(new byte[32], s_context, Token).AsTask()));
    }

    [Fact]
    public async Task AesKey_WithItsAlgorithm_OpensNoWrapOfAPublicKey()
    {
        var (uri, name, version) = Create(VaultDouble.HsmHost, "oct-HSM", 256);
        var kek = Vault.Open(uri, configure: static vault => vault.Algorithm = AzureKeyVaultAlgorithm.Aes256Gcm);
        await kek.CheckAsync(Token);
        Assert.Equal(256, kek.SecurityStrength);
        Assert.Equal(KekFailure.WrongContextOrTampered, await FailsAsync(() => UnwrapAsync(kek, new WrappedKey(version.Version, (byte[])[1, .. new byte[384]]))));
        Assert.DoesNotContain(Vault.Calls, call => call.Path == $"/keys/{name}/{version.Version}/unwrapkey");
    }

    [Theory]
    [InlineData("Purgeable", "gone at once")]
    [InlineData("Recoverable+Purgeable", "recoverable for 90 days, or purged before (Recoverable+Purgeable)")]
    [InlineData("Recoverable", "recoverable for 90 days, and not purged before (Recoverable)")]
    public async Task Describe_TellsKeyWindowVersionsAndWhatADeletionIs(string recovery, string told)
    {
        string name = $"kek-{Guid.NewGuid():N}";
        var version = Vault.Create(VaultDouble.VaultHost, name, bits: 2_048, recovery: recovery);
        version.Expires = 1_900_000_000;
        var kek = Vault.Open($"azure-kv:https://{VaultDouble.VaultHost}/keys/{name}");
        Assert.Equal(
        [
            new("version", version.Version), new("key", "RSA, 2048 bits"), new("enabled", "yes"), new("wraps", "until 2030-03-17 17:46:40Z"), new("versions", "1"), new("when deleted", told),
        ], await kek.DescribeAsync(Token));
        var node = Vault.Open(kek.Id, new TestCredential("node"));
        Assert.Contains(new("versions", "not known: the identity may not list keys"), await node.DescribeAsync(Token));
    }

    // Must hold 7: the host of a tenant's KEK never receives another identity's token.
    [Fact]
    public async Task TenantsOwn_SeesTheTenantsTokensAlone()
    {
        using var vault = new VaultDouble();
        vault.Create(VaultDouble.HsmHost, "kek", "oct-HSM", 256);
        vault.Create("acme.managedhsm.test", "kek", "oct-HSM", 256);
        string theirs = "azure-kv:https://acme.managedhsm.test/keys/kek";
        var tenant = new TestCredential("tenant");
        using var instance = ColumnCryptInstance.Create(cc => cc
            .AddKekProvider(vault.Provider())
            .UseKek($"azure-kv:https://{VaultDouble.HsmHost}/keys/kek", static o => o.AzureKeyVault(static own => own.Algorithm = AzureKeyVaultAlgorithm.Aes256Gcm))
            .UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System))
            .UseTenantKeks((_, o) => o.AzureKeyVault(own => (own.Credential, own.Algorithm) = (tenant, AzureKeyVaultAlgorithm.Aes256Gcm))));
        await instance.Keys.InitAsync(cancellationToken: Token);
        await instance.Keys.SetTenantKekAsync("acme", theirs, "contract 7", Token);
        await EncryptAsync(instance, "acme");
        await EncryptAsync(instance, "other");

        var tokens = vault.Calls.Where(static call => call.Host == "acme.managedhsm.test").Select(static call => call.Token).Where(static token => token.Length > 0).ToList();
        Assert.NotEmpty(tokens);
        Assert.All(tokens, static token => Assert.StartsWith("tenant|https://managedhsm.test/.default|", token, StringComparison.Ordinal));
        Assert.DoesNotContain(vault.Calls, static call => call.Host == VaultDouble.HsmHost && call.Token.StartsWith("tenant", StringComparison.Ordinal));
    }

    private static (string Uri, string Name, VaultKeyVersion Version) Create(string host = VaultDouble.VaultHost, string type = "RSA", int bits = 3_072)
    {
        string name = $"kek-{Guid.NewGuid():N}";
        return ($"azure-kv:https://{host}/keys/{name}", name, Vault.Create(host, name, type, bits));
    }

    private static async Task<KekFailure> FailsAsync(Func<Task> call) => (await Assert.ThrowsAsync<KekException>(call)).Failure;

    private static async Task<byte[]> UnwrapAsync(IKeyEncryptionKey kek, WrappedKey wrapped)
    {
        byte[] destination = new byte[64];
        return destination[..await kek.UnwrapAsync(wrapped, s_context, destination, Token)];
    }

    private static async Task EncryptAsync(ColumnCryptInstance instance, string tenant)
    {
        using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
        Assert.Equal("x", cipher.Decrypt(cipher.Encrypt("x")!));
    }
}
