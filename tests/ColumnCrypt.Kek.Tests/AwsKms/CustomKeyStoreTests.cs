using System.Reflection;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using ColumnCrypt.Kek.AwsKms;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.AwsKms;

/// <summary>What moto does not have: keys in a key store of the customer's, which AWS KMS answers for with the error of a key that is to be deleted.</summary>
public sealed class CustomKeyStoreTests
{
    public static TheoryData<string, string?, KekFailure> Answers() => new()
    {
        { "Enabled", "cks-1", KekFailure.Unavailable },
        { "Unavailable", "cks-1", KekFailure.Unavailable },
        { "Disabled", "cks-1", KekFailure.Disabled },
        { "PendingDeletion", null, KekFailure.Disabled },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Answers))]
    public async Task InvalidState_IsWhatTheKeySays(string state, string? keyStore, KekFailure failure)
    {
        var client = DispatchProxy.Create<IAmazonKeyManagementService, Client>();
        ((Client)client).Key = new KeyMetadata { KeyState = state, CustomKeyStoreId = keyStore };
        using var kek = new AwsKmsKek("aws-kms:alias/clinic", "alias/clinic", [], client);
        var context = new WrapContext(default, "t", default, KeyKind.Data);
        Func<Task>[] calls =
        [
            async () => await kek.WrapAsync(new byte[32], context, Token),
            async () => await kek.UnwrapAsync(new WrappedKey("", new byte[100]), context, new byte[64], Token),
            async () => await kek.RewrapAsync(new WrappedKey("", new byte[100]), context, Token),
        ];
        foreach (var call in calls)
        {
            Assert.Equal(failure, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }
    }

    /// <summary>Describes the key, and refuses everything else for its state.</summary>
    public class Client : DispatchProxy
    {
        public KeyMetadata Key { get; set; } = new();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IAmazonKeyManagementService.DescribeKeyAsync) => Task.FromResult(new DescribeKeyResponse { KeyMetadata = Key }),
            nameof(IDisposable.Dispose) => null,
            _ => throw new KMSInvalidStateException("The external key store proxy did not respond."),
        };
    }
}
