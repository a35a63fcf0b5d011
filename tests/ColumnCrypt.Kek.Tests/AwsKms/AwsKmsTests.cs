using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.AwsKms;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.AwsKms;

// SPEC-WRAP-7
public sealed class AwsKmsTests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static MotoServer Moto => MotoServer.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("aws-kms:")]
    [InlineData("aws-kms:alias/")]
    [InlineData("aws-kms:alias/a b")]
    [InlineData("aws-kms:arn:aws:s3:eu-central-1:111122223333:key/1")]
    [InlineData("aws-kms:arn:aws:kms:eu-central-1:111122223333:key/1\n")]
    [InlineData("aws-kms:https://kms.example.org/key")]
    public void Open_WhenTheUriNamesNoKey_SaysHowToWriteIt(string uri)
    {
        var error = Assert.Throws<EncryptionModelException>(() => new AwsKmsProvider(new AwsKmsOptions { Region = "eu-central-1" }).Open(uri, new KekOptions()));
        Assert.Contains("aws-kms:alias/NAME", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenTheEndpointIsNotHttps_IsRefused()
    {
        var options = new AwsKmsOptions { Region = "eu-central-1", ServiceUrl = new Uri("http://kms.example.org/"), Credentials = new AnonymousAWSCredentials() };
        Assert.Throws<EncryptionModelException>(() => new AwsKmsProvider(options).Open("aws-kms:alias/x", new KekOptions()));
    }

    // Must hold 7: a tenant's KEK never sees another identity.
    [Fact]
    public void Open_WhenItIsATenantsOwnWithoutCredentials_IsRefused()
    {
        var provider = new AwsKmsProvider(new AwsKmsOptions { Region = "eu-central-1", Credentials = new BasicAWSCredentials("application", "secret") });
        var error = Assert.Throws<EncryptionModelException>(() => provider.Open("aws-kms:alias/x", new KekOptions { IsTenantsOwn = true }));
        Assert.Contains("that tenant's credentials", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsTheArnOfTheKeyBehindAnAlias()
    {
        var key = await Moto.CreateKeyAsync();
        var kek = await AliasAsync(key.KeyId);
        Assert.Equal(key.Arn, (await kek.WrapAsync(new byte[32], s_context, Token)).KekVersion);
    }

    [Fact]
    public async Task MovedAlias_UnwrapsWhatAFormerKeyWrapped_OnlyWhereThatIsNamed()
    {
        var before = await Moto.CreateKeyAsync();
        var after = await Moto.CreateKeyAsync();
        var kek = await AliasAsync(before.KeyId);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        await Moto.Admin.UpdateAliasAsync(new UpdateAliasRequest { AliasName = kek.Id["aws-kms:".Length..], TargetKeyId = after.KeyId }, Token);

        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains("FormerKeys", error.Message, StringComparison.Ordinal);

        var knowing = Moto.Open(kek.Id, aws => aws.FormerKeys.Add(before.Arn));
        Assert.Equal(32, await knowing.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        var moved = await knowing.RewrapAsync(wrapped, s_context, Token);
        Assert.Equal(after.Arn, moved.KekVersion);
        Assert.Equal(32, await kek.UnwrapAsync(moved, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Version_ThatSomebodyWroteIntoTheTables_CallsNoOtherKey()
    {
        var mine = await Moto.CreateKeyAsync();
        var theirs = await Moto.CreateKeyAsync();
        var planted = await Moto.Open($"aws-kms:{theirs.Arn}").WrapAsync(new byte[32], s_context, Token);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Moto.Open($"aws-kms:{mine.Arn}").UnwrapAsync(planted, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
    }

    [Fact]
    public async Task Check_WhenDeletionIsScheduled_SaysWhenAndHowToCancelIt()
    {
        var key = await Moto.CreateKeyAsync();
        var kek = Moto.Open($"aws-kms:{key.Arn}");
        await Moto.Admin.ScheduleKeyDeletionAsync(new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = 7 }, Token);

        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Disabled, error.Failure);
        Assert.Contains("CancelKeyDeletion", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token));
        Assert.Equal(KekFailure.Disabled, error.Failure);
        Assert.Contains(await kek.DescribeAsync(Token), static detail => detail.Key == "deletion" && detail.Value.StartsWith("scheduled on 20", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Describe_TellsStateAndRotation()
    {
        var key = await Moto.CreateKeyAsync();
        var kek = Moto.Open($"aws-kms:{key.Arn}");
        Assert.Contains(new("rotation", "off"), await kek.DescribeAsync(Token));
        await Moto.Admin.EnableKeyRotationAsync(new EnableKeyRotationRequest { KeyId = key.KeyId }, Token);
        var details = await kek.DescribeAsync(Token);
        Assert.Contains(new("state", "Enabled"), details);
        Assert.Contains(details, static detail => detail.Key == "rotation" && detail.Value.StartsWith("every 365 days", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a tenant with spaces")]
    [InlineData("Ünïcödé 会社")]
    [InlineData("utf8:61")]
    public async Task Tenant_OfAnyText_IsBoundExactly(string tenant)
    {
        var kek = Moto.Open($"aws-kms:{(await Moto.CreateKeyAsync()).Arn}");
        var wrapped = await kek.WrapAsync(new byte[32], s_context with { Tenant = tenant }, Token);
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context with { Tenant = tenant }, new byte[64], Token));
        await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context with { Tenant = tenant + " " }, new byte[64], Token));
        await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context with { Tenant = "a" }, new byte[64], Token));
    }

    private static async Task<IKeyEncryptionKey> AliasAsync(string keyId)
    {
        string alias = $"alias/columncrypt-{Guid.NewGuid():N}";
        await Moto.Admin.CreateAliasAsync(new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId }, Token);
        return Moto.Open("aws-kms:" + alias);
    }
}
