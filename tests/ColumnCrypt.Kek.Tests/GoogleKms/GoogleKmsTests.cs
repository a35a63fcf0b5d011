using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.GoogleKms.Rest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

// SPEC-WRAP-12
public sealed class GoogleKmsTests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static GoogleDouble Kms => GoogleDouble.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rotation_IsANewPrimary_AndFormerOnesUnwrap()
    {
        var key = Kms.Create();
        var kek = Kms.Open(key.Name);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        var before = await kek.WrapAsync(secret, s_context, Token);
        key.Rotate();
        var after = await kek.RewrapAsync(before, s_context, Token);
        Assert.Equal(("1", "2"), (before.KekVersion, after.KekVersion));
        Assert.Equal(secret, await UnwrapAsync(kek, before));
        Assert.Equal(secret, await UnwrapAsync(kek, after));

        key.Versions[0].State = "DISABLED";
        var error = await Assert.ThrowsAsync<KekException>(() => UnwrapAsync(kek, before));
        Assert.Equal(KekFailure.Disabled, error.Failure);
        Assert.Contains("The version 1 of", error.Message, StringComparison.Ordinal);
        Assert.Equal(secret, await UnwrapAsync(kek, after));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    [InlineData("")]
    [InlineData("../../../cryptoKeys/other/cryptoKeyVersions/1")]
    public async Task Version_ThatSomebodyWroteIntoTheTables_ChoosesNothing(string version)
    {
        var key = Kms.Create();
        var kek = Kms.Open(key.Name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        key.Rotate();
        Assert.Equal(new byte[32], await UnwrapAsync(kek, wrapped with { KekVersion = version }));
        key.Versions[0].State = "DISABLED";
        Assert.Equal(KekFailure.Disabled, await FailsAsync(() => UnwrapAsync(kek, wrapped with { KekVersion = version })));
        Assert.DoesNotContain(Kms.Calls, static call => call.Path.Contains("other", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DESTROY_SCHEDULED", KekFailure.Disabled, "is to be destroyed on 2027-01-02")]
    [InlineData("DESTROYED", KekFailure.Destroyed, "is destroyed")]
    [InlineData("PENDING_GENERATION", KekFailure.Unavailable, "still being made")]
    [InlineData("IMPORT_FAILED", KekFailure.Disabled, "in a state in which it cannot be used")]
    public async Task State_OfTheVersion_IsTyped(string state, KekFailure failure, string told)
    {
        var key = Kms.Create();
        var kek = Kms.Open(key.Name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        (key.Versions[0].State, key.Versions[0].DestroyTime) = (state, new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.Zero));
        foreach (var call in new Func<Task>[] { () => UnwrapAsync(kek, wrapped), async () => await kek.WrapAsync(new byte[32], s_context, Token) })
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(failure, error.Failure);
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
        }

        // Who may not look hears that it is one of these.
        Assert.Equal(KekFailure.Disabled, await FailsAsync(() => UnwrapAsync(Kms.Open(key.Name, GoogleDouble.Identity("node")), wrapped)));
    }

    [Fact]
    public async Task Key_WithoutAPrimary_OrForSomethingElse_IsTyped()
    {
        var key = Kms.Create();
        var kek = Kms.Open(key.Name);
        key.Primary = 7;
        Assert.Equal(KekFailure.Disabled, await FailsAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token)));
        key.Primary = 1;
        key.Purpose = "MAC";
        Assert.Equal(KekFailure.Denied, await FailsAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token)));
    }

    [Fact]
    public async Task Node_NeedsNoRightToLook()
    {
        var key = Kms.Create();
        var node = Kms.Open(key.Name, GoogleDouble.Identity("node"));
        await node.CheckAsync(Token);
        Assert.Equal([new("state", "not known: the identity may not call cloudkms.cryptoKeys.get")], await node.DescribeAsync(Token));
    }

    [Fact]
    public async Task Describe_TellsVersionStateProtectionRotationAndDestruction()
    {
        var key = Kms.Create();
        var kek = Kms.Open(key.Name);
        Assert.Equal(
            [new("primary version", "1"), new("state", "ENABLED"), new("protection level", "SOFTWARE"), new("rotation", "off"), new("destruction", "not known")], await kek.DescribeAsync(Token));
        key.More["rotationPeriod"] = "7776000s";
        key.More["nextRotationTime"] = "2027-01-02T03:04:05.678901Z";
        key.More["destroyScheduledDuration"] = "2592000s";
        (key.Versions[0].State, key.Versions[0].DestroyTime) = ("DESTROY_SCHEDULED", new DateTimeOffset(2027, 2, 3, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(
        [
            new("primary version", "1"), new("state", "DESTROY_SCHEDULED on 2027-02-03"), new("protection level", "SOFTWARE"), new("rotation", "every 90 days, next on 2027-01-02"),
            new("destruction", "30 days after it is scheduled"),
        ], await kek.DescribeAsync(Token));
    }

    [Fact]
    public async Task Project_ThatTheServiceNamesByItsNumber_IsTheSame()
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create().Name);
        kms.MeddleOut = static answer => answer["name"] = ((string)answer["name"]!).Replace("projects/clinic", "projects/123456789", StringComparison.Ordinal);
        Assert.Equal("1", (await kek.WrapAsync(new byte[32], s_context, Token)).KekVersion);
    }

    [Theory]
    [InlineData("plaintext")]
    [InlineData("additionalAuthenticatedData")]
    public async Task Wrap_WhenWhatIsSentIsChangedOnItsWay_IsTransient(string member)
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create().Name);
        kms.MeddleIn = body => body[member] = Change((string)body[member]!);
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token)));
        kms.MeddleIn = body => body.Remove(member + "Crc32c");
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token)));
    }

    [Theory]
    [InlineData("ciphertext")]
    [InlineData("additionalAuthenticatedData")]
    public async Task Unwrap_WhenWhatIsSentIsChangedOnItsWay_IsTransient(string member)
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create().Name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        kms.MeddleIn = body => body[member] = Change((string)body[member]!);
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(() => UnwrapAsync(kek, wrapped)));
    }

    [Theory]
    [InlineData("ciphertext", null)]
    [InlineData("ciphertext", "")]
    [InlineData("ciphertext", "AAAA")]
    [InlineData("ciphertext", "*")]
    [InlineData("ciphertextCrc32c", null)]
    [InlineData("ciphertextCrc32c", "0")]
    [InlineData("ciphertextCrc32c", "-1")]
    [InlineData("verifiedPlaintextCrc32c", null)]
    [InlineData("verifiedAdditionalAuthenticatedDataCrc32c", null)]
    [InlineData("name", null)]
    [InlineData("name", "projects/clinic/locations/europe-west3/keyRings/columncrypt/cryptoKeys/other/cryptoKeyVersions/1")]
    [InlineData("name", "projects/clinic/locations/europe-west3/keyRings/columncrypt/cryptoKeys/kek/cryptoKeyVersions/x")]
    public async Task Wrap_WhenTheAnswerDoesNotAddUp_IsThrownAway(string member, string? value)
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create($"{GoogleDouble.Ring}/cryptoKeys/kek").Name);
        kms.MeddleOut = answer => Set(answer, member, value);
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(async () => await kek.WrapAsync(new byte[32], s_context, Token)));
    }

    [Theory]
    [InlineData("plaintext", null)]
    [InlineData("plaintext", "AAAA")]
    [InlineData("plaintextCrc32c", null)]
    [InlineData("plaintextCrc32c", "17")]
    public async Task Unwrap_WhenTheAnswerDoesNotAddUp_IsThrownAway(string member, string? value)
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create().Name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        kms.MeddleOut = answer => Set(answer, member, value);
        byte[] destination = new byte[64];
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(async () => await kek.UnwrapAsync(wrapped, s_context, destination, Token)));
        Assert.Equal(new byte[64], destination);
    }

    [Fact]
    public async Task Unwrap_WhenTheServiceGivesNoKeyBack_IsRefused()
    {
        using var kms = new GoogleDouble();
        var kek = kms.Open(kms.Create().Name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        kms.MeddleOut = static answer => (answer["plaintext"], answer["plaintextCrc32c"]) = (Convert.ToBase64String(new byte[65]), (JsonNode)Crc32C.Of(new byte[65]));
        Assert.Equal(KekFailure.WrongContextOrTampered, await FailsAsync(() => UnwrapAsync(kek, wrapped)));
    }

    // Must hold 7: the host of a tenant's KEK never receives another identity's token.
    [Fact]
    public async Task TenantsOwn_SeesTheTenantsTokensAlone()
    {
        using var application = new GoogleDouble();
        using var tenants = new GoogleDouble();
        string uri = $"gcp-kms:{application.Create().Name}";
        string theirs = $"gcp-kms:{tenants.Create().Name}";
        using var instance = ColumnCryptInstance.Create(cc => cc
            .AddGoogleKms(application.Configure)
            .UseKek(uri)
            .UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System))
            .UseTenantKeks((_, o) => o.GoogleKms(own => (own.Credential, own.Endpoint) = (GoogleDouble.Identity("tenant"), tenants.Endpoint))));
        await instance.Keys.InitAsync(cancellationToken: Token);
        await instance.Keys.SetTenantKekAsync("acme", theirs, "contract 7", Token);
        await EncryptAsync(instance, "acme");
        await EncryptAsync(instance, "other");
        Assert.NotEmpty(tenants.Calls);
        Assert.All(tenants.Calls, static call => Assert.Equal("tenant", call.Token));
        Assert.NotEmpty(application.Calls);
        Assert.All(application.Calls, static call => Assert.Equal("application", call.Token));
    }

    private static void Set(JsonObject answer, string member, string? value)
    {
        if (value is null)
        {
            answer.Remove(member);
        }
        else
        {
            answer[member] = value;
        }
    }

    private static string Change(string base64)
    {
        byte[] bytes = Convert.FromBase64String(base64);
        bytes[0] ^= 1;
        return Convert.ToBase64String(bytes);
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
