using System.Security.Cryptography;
using System.Text.Json;
using ColumnCrypt.Kek.GoogleKms.Rest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>
/// A symmetric key of Google Cloud KMS behind the contract (docs/SPEC.md, SPEC-WRAP-12; docs/kek/google-kms.md): encrypt and decrypt with the encoded context as additional
/// authenticated data. The KEK never leaves the service; a rewrap brings the data key into this process for a moment. Each wrap names the version that made it; a ciphertext knows its
/// version itself, so that what the tables say chooses none. What does not add up on its way (CRC-32C) is thrown away.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="key">The key that it names.</param>
/// <param name="client">The client; disposed with the KEK.</param>
internal sealed class GoogleKmsKek(string uri, GoogleKeyName key, GoogleClient client) : IKeyEncryptionKey, IDisposable
{
    // A ciphertext is about 80 bytes longer than its plaintext.
    private const int MaximumWrapSize = 1_024;

    private static readonly WrapContext s_probe = new(default, "", default, KeyKind.Data);

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.Versions;

    public int? SecurityStrength => 256;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);
        return await GoogleErrors.CallAsync(uri, async () =>
        {
            using var body = new GoogleBody().Add("plaintext", key.Span).Add("additionalAuthenticatedData", context.Encode());
            using var result = await OperateAsync("encrypt", "ciphertext", body, null, null, cancellationToken).ConfigureAwait(false);
            if (!result.IsSeen || result.Value.Length > MaximumWrapSize)
            {
                throw GoogleErrors.Odd(uri, "It does not say that it got what was sent, or gives a wrap of another size.", null);
            }

            return new WrappedKey(VersionOf(result.Name), result.Value.ToArray());
        }).ConfigureAwait(false);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandDestination(destination);
        if (wrapped.Bytes.Length is 0 or > MaximumWrapSize)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes, which no wrap of Cloud KMS has.");
        }

        return await GoogleErrors.CallAsync(uri, async () =>
        {
            using var body = new GoogleBody().Add("ciphertext", wrapped.Bytes.Span).Add("additionalAuthenticatedData", context.Encode());
            using var result = await OperateAsync("decrypt", "plaintext", body, wrapped, context, cancellationToken).ConfigureAwait(false);
            return KekArguments.CopyKey(result.Value, destination);
        }).ConfigureAwait(false);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        byte[] secret = GC.AllocateArray<byte>(KekArguments.MaximumKeySize, pinned: true);
        try
        {
            int size = await UnwrapAsync(wrapped, context, secret, cancellationToken).ConfigureAwait(false);
            return await WrapAsync(secret.AsMemory(0, size), context, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // By what a node may do: it need not be allowed to look at the key.
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        byte[] probe = new byte[KekArguments.MinimumKeySize];
        byte[] opened = new byte[KekArguments.MaximumKeySize];
        var wrapped = await WrapAsync(probe, s_probe, cancellationToken).ConfigureAwait(false);
        int size = await UnwrapAsync(wrapped, s_probe, opened, cancellationToken).ConfigureAwait(false);
        if (!probe.AsSpan().SequenceEqual(opened.AsSpan(0, size)))
        {
            throw new KekException(KekFailure.Unavailable, $"Cloud KMS gives back other bytes than {uri} has wrapped. Do not use it.");
        }
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken) => await GoogleErrors.CallAsync<IReadOnlyList<KeyValuePair<string, string>>>(uri, async () =>
    {
        using var answer = await client.CallAsync(key.Name, null, cancellationToken).ConfigureAwait(false);
        return answer.Status switch
        {
            200 => Read(answer, GoogleKey.Read).Details,
            403 => [new("state", "not known: the identity may not call cloudkms.cryptoKeys.get")],
            _ => throw GoogleErrors.Translate(uri, answer, null),
        };
    }).ConfigureAwait(false);

    public void Dispose() => client.Dispose();

    // The wrap and its context where one is opened; null where one is made.
    private async Task<GoogleResult> OperateAsync(string operation, string member, GoogleBody body, WrappedKey? wrapped, WrapContext? context, CancellationToken cancellationToken)
    {
        using var answer = await client.CallAsync($"{key.Name}:{operation}", body, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 200)
        {
            throw await ReasonAsync(answer, wrapped, context, cancellationToken).ConfigureAwait(false);
        }

        var result = GoogleResult.Parse(answer.Body.Span, member) ?? throw GoogleErrors.Odd(uri, "It gives no result.", null);
        if (result.IsWhole)
        {
            return result;
        }

        result.Dispose();
        throw GoogleErrors.Odd(uri, "What it gave was changed on its way.", null);
    }

    private async Task<KekException> ReasonAsync(GoogleAnswer answer, WrappedKey? wrapped, WrapContext? context, CancellationToken cancellationToken)
    {
        if (GoogleErrors.Status(answer) != GoogleErrors.FailedPrecondition)
        {
            return GoogleErrors.Translate(uri, answer, context);
        }

        // It says that a version cannot be used, and not which or why.
        using var looked = await client.CallAsync(wrapped is not null && GoogleKeyName.IsVersion(wrapped.KekVersion) ? key.Version(wrapped.KekVersion) : key.Name, null, cancellationToken).ConfigureAwait(false);
        if (looked.Status != 200)
        {
            return SomeVersion(GoogleErrors.NamesDestroyed(answer) ? KekFailure.Destroyed : KekFailure.Disabled);
        }

        // Where what the tables say names another version than the ciphertext does, that one may well be usable.
        return (wrapped is not null && GoogleKeyName.IsVersion(wrapped.KekVersion) ? Read(looked, GoogleVersion.Read).Unusable(uri) : Unusable(Read(looked, GoogleKey.Read)))
            ?? (wrapped is not null ? SomeVersion(KekFailure.Disabled) : GoogleErrors.Translate(uri, answer, context));
    }

    private KekException SomeVersion(KekFailure failure) => new(failure, $"The version of {uri} that is needed is disabled, destroyed or to be destroyed, and it is not known which that is.");

    private KekException? Unusable(GoogleKey described) => described switch
    {
        { Purpose: not "ENCRYPT_DECRYPT" } => new(KekFailure.Denied, $"The key of {uri} is not for ENCRYPT_DECRYPT. Name one that is."),
        { Primary: null } => new(KekFailure.Disabled, $"The key of {uri} has no primary version. Make one, or set it."),
        { Primary: { } version } => version.Unusable(uri),
    };

    private string VersionOf(string? name) => key.VersionOf(name) ?? throw GoogleErrors.Odd(uri, "It answers for another key.", null);

    private T Read<T>(GoogleAnswer answer, Func<JsonElement, GoogleKeyName, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return read(document.RootElement, key);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw GoogleErrors.Odd(uri, "It tells of another key, or of none.", error);
        }
    }
}
