using System.Globalization;
using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>
/// A symmetric key of AWS KMS behind the contract (docs/SPEC.md, SPEC-WRAP-7; docs/kek/aws-kms.md). Encrypt, Decrypt with its KeyId, and
/// ReEncrypt on the server; the wrap context is the encryption context. Each wrap names the ARN of the key that made it as its version.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="keyId">The key, as the API names it.</param>
/// <param name="formerKeys">The ARNs of the keys that may unwrap, too.</param>
/// <param name="client">The client; disposed with the KEK.</param>
internal sealed class AwsKmsKek(string uri, string keyId, IReadOnlyCollection<string> formerKeys, IAmazonKeyManagementService client) : IKeyEncryptionKey, IDisposable
{
    // The API takes so much; a wrap of 64 bytes is far below it.
    private const int MaximumWrapSize = 6_144;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.ServerSideRewrap | KekCapabilities.Versions;

    public int? SecurityStrength => 256;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        byte[] plaintext = key.ToArray();
        try
        {
            using var stream = new MemoryStream(plaintext, writable: false);
            var request = new EncryptRequest { KeyId = keyId, Plaintext = stream, EncryptionContext = AwsContext.Of(context) };
            var answer = await CallAsync(context, () => client.EncryptAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            return new WrappedKey(answer.KeyId, answer.CiphertextBlob.ToArray());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        KekArguments.DemandDestination(destination);
        using var blob = Blob(wrapped, context);
        var request = new DecryptRequest { KeyId = UnwrappingKey(wrapped), CiphertextBlob = blob, EncryptionContext = AwsContext.Of(context) };
        var answer = await CallAsync(context, () => client.DecryptAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
        using var plaintext = answer.Plaintext;
        byte[] key = plaintext.GetBuffer();
        try
        {
            return KekArguments.CopyKey(key.AsSpan(0, (int)plaintext.Length), destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        using var blob = Blob(wrapped, context);
        var request = new ReEncryptRequest
        {
            CiphertextBlob = blob,
            SourceKeyId = UnwrappingKey(wrapped),
            SourceEncryptionContext = AwsContext.Of(context),
            DestinationKeyId = keyId,
            DestinationEncryptionContext = AwsContext.Of(context),
        };
        var answer = await CallAsync(context, () => client.ReEncryptAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new WrappedKey(answer.KeyId, answer.CiphertextBlob.ToArray());
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        var key = await KeyAsync(cancellationToken).ConfigureAwait(false);
        if (key.KeySpec != KeySpec.SYMMETRIC_DEFAULT || key.KeyUsage != KeyUsageType.ENCRYPT_DECRYPT)
        {
            throw new KekException(KekFailure.Denied, $"The key is a {key.KeySpec} for {key.KeyUsage}: a KEK is a SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT. Make one.");
        }

        if (key.KeyState == KeyState.PendingDeletion || key.KeyState == KeyState.PendingReplicaDeletion)
        {
            throw new KekException(KekFailure.Disabled, $"The key is to be deleted{On(key.DeletionDate)}. Until then the deletion can be cancelled: CancelKeyDeletion, EnableKey.");
        }

        if (key.KeyState != KeyState.Enabled && key.KeyState != KeyState.Updating)
        {
            throw new KekException(
                key.KeyState == KeyState.Unavailable ? KekFailure.Unavailable : KekFailure.Disabled, $"The key is in the state {key.KeyState}. Enable it, or import or connect what it needs.");
        }
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        var key = await KeyAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            new("ARN", key.Arn),
            new("state", key.KeyState.Value),
            new("deletion", key.DeletionDate is null ? "not scheduled" : "scheduled" + On(key.DeletionDate)),
            new("origin", key.Origin.Value),
            new("multi-Region", key.MultiRegion == true ? key.MultiRegionConfiguration?.MultiRegionKeyType?.Value ?? "yes" : "no"),
            new("rotation", await RotationAsync(key, cancellationToken).ConfigureAwait(false)),
        ];
    }

    public void Dispose() => client.Dispose();

    // KMSInvalidState is what AWS KMS answers for a key that is to be deleted, and for one in a key store of the customer's that does not answer: the key says which.
    private async Task<T> CallAsync<T>(WrapContext context, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await AwsErrors.CallAsync(uri, context, call, cancellationToken).ConfigureAwait(false);
        }
        catch (KekException error) when (error.InnerException is KMSInvalidStateException)
        {
            var key = await KeyAsync(cancellationToken).ConfigureAwait(false);
            if (key.KeyState == KeyState.Unavailable || (key.KeyState == KeyState.Enabled && key.CustomKeyStoreId is not null))
            {
                throw new KekException(KekFailure.Unavailable, $"The key store {key.CustomKeyStoreId} of {uri} does not answer, or is not connected.", error);
            }

            throw;
        }
    }

    private async Task<KeyMetadata> KeyAsync(CancellationToken cancellationToken)
    {
        var request = new DescribeKeyRequest { KeyId = keyId };
        return (await AwsErrors.CallAsync(uri, null, () => client.DescribeKeyAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false)).KeyMetadata;
    }

    private async Task<string> RotationAsync(KeyMetadata key, CancellationToken cancellationToken)
    {
        var request = new GetKeyRotationStatusRequest { KeyId = key.Arn };
        try
        {
            var status = await AwsErrors.CallAsync(uri, null, () => client.GetKeyRotationStatusAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            return status.KeyRotationEnabled != true
                ? "off"
                : string.Create(CultureInfo.InvariantCulture, $"every {status.RotationPeriodInDays ?? 365} days{(status.NextRotationDate is { } next ? $", next{On(next)}" : "")}");
        }
        catch (KekException error) when (error.Failure == KekFailure.Denied)
        {
            return "not known: the identity may not call kms:GetKeyRotationStatus";
        }
    }

    private static string On(DateTime? date) => date is { } day ? string.Create(CultureInfo.InvariantCulture, $" on {day.ToUniversalTime():yyyy-MM-dd}") : "";

    // The version stands in a table that others may write to: only a key that the configuration names is asked.
    private string UnwrappingKey(WrappedKey wrapped) => formerKeys.Contains(wrapped.KekVersion) ? wrapped.KekVersion : keyId;

    private static MemoryStream Blob(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        return wrapped.Bytes.Length is > 0 and <= MaximumWrapSize
            ? new MemoryStream(wrapped.Bytes.ToArray(), writable: false)
            : throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes, which no wrap of AWS KMS has.");
    }
}
