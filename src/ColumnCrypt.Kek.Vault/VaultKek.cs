using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ColumnCrypt.Kek.Vault.Http;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Vault;

/// <summary>
/// A key of the transit engine behind the contract (docs/SPEC.md, SPEC-WRAP-10; docs/kek/vault.md): encrypt, decrypt, and rewrap on the server. The key is
/// derived, with the encoded context for its context. Each wrap names the version of the key that made it.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="name">What it names.</param>
/// <param name="allowWeak">True to take a key that may be exported.</param>
/// <param name="session">Makes the calls; disposed with the KEK.</param>
internal sealed class VaultKek(string uri, VaultKeyName name, bool allowWeak, VaultSession session) : IKeyEncryptionKey, IDisposable
{
    // Encrypting with a key that is missing would make it. The type is that of the key to make, and looked at then alone; none is made of one that does not encrypt.
    private const string TypeThatIsNeverMade = "ecdsa-p256";

    private static readonly WrapContext s_probe = new(default, "", default, KeyKind.Data);

    private volatile VaultKey? _key;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.ServerSideRewrap | KekCapabilities.Versions;

    public int? SecurityStrength => _key?.Bits;

    /// <summary>Makes the calls; for tests.</summary>
    internal VaultSession Session => session;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);
        var known = await KeyAsync(cancellationToken).ConfigureAwait(false);
        using var answer = await CallAsync("encrypt", context, null, json =>
        {
            json.WriteBase64String("plaintext", key.Span);
            json.WriteString("type", TypeThatIsNeverMade);
        }, cancellationToken).ConfigureAwait(false);
        return Wrap(answer, known.Overhead + key.Length);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        string ciphertext = Ciphertext(wrapped, context);
        KekArguments.DemandDestination(destination);
        await KeyAsync(cancellationToken).ConfigureAwait(false);
        using var answer = await CallAsync("decrypt", context, wrapped.KekVersion, json => json.WriteString("ciphertext", ciphertext), cancellationToken).ConfigureAwait(false);
        if (VaultAnswer.Member(answer.Data, "plaintext") is not { ValueKind: JsonValueKind.String } plaintext || !plaintext.TryGetBytesFromBase64(out byte[]? key))
        {
            throw VaultErrors.NoVault(uri);
        }

        try
        {
            return KekArguments.CopyKey(key, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        string ciphertext = Ciphertext(wrapped, context);
        await KeyAsync(cancellationToken).ConfigureAwait(false);
        using var answer = await CallAsync("rewrap", context, wrapped.KekVersion, json => json.WriteString("ciphertext", ciphertext), cancellationToken).ConfigureAwait(false);
        return Wrap(answer, wrapped.Bytes.Length);
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        _key = await ReadKeyAsync(cancellationToken).ConfigureAwait(false);
        byte[] probe = new byte[KekArguments.MinimumKeySize];
        byte[] opened = new byte[KekArguments.MaximumKeySize];
        var wrapped = await WrapAsync(probe, s_probe, cancellationToken).ConfigureAwait(false);
        int size = await UnwrapAsync(wrapped, s_probe, opened, cancellationToken).ConfigureAwait(false);
        if (!probe.AsSpan().SequenceEqual(opened.AsSpan(0, size)))
        {
            throw new KekException(KekFailure.Unavailable, $"Vault gives back other bytes than {uri} has wrapped. Do not use it.");
        }
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        var key = await ReadKeyAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            new("mount", name.Mount),
            new("key", $"{name.Name}, {key.Type}, derived"),
            new("latest version", Version(key.LatestVersion)),
            new("decrypts from", Version(key.MinDecryptionVersion)),
            new("trimmed", key.MinAvailableVersion > 1 ? $"below {Version(key.MinAvailableVersion)}" : "no"),
            new("exportable", key.IsExportable ? "yes" : "no"),
            new("deletion", key.IsDeletable ? "allowed" : "not allowed"),
            new("server", await ServerAsync(cancellationToken).ConfigureAwait(false)),
        ];
    }

    public void Dispose() => session.Dispose();

    private static string Version(long number) => string.Create(CultureInfo.InvariantCulture, $"v{number}");

    // Its status is not an error: a standby says 429, for one.
    private async Task<string> ServerAsync(CancellationToken cancellationToken)
    {
        using var health = await session.CallAnonymouslyAsync("sys/health", cancellationToken).ConfigureAwait(false);
        return VaultAnswer.Text(health.Root, "version") is { } version
            ? $"{version}, {(VaultAnswer.IsTrue(health.Root, "sealed") ? "sealed" : VaultAnswer.IsTrue(health.Root, "standby") ? "standby" : "active")}"
            : "not known: sys/health does not say";
    }

    private async Task<VaultAnswer> CallAsync(string operation, WrapContext context, string? version, Action<Utf8JsonWriter> input, CancellationToken cancellationToken)
    {
        using var body = new SecretBuffer(2048);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteBase64String("context", context.Encode());
            input(json);
            json.WriteEndObject();
        }

        var answer = await session.CallAsync(HttpMethod.Post, $"{name.Mount}/{operation}/{name.Name}", body, cancellationToken).ConfigureAwait(false);
        if (answer.IsOk)
        {
            return answer;
        }

        using (answer)
        {
            throw await FailureAsync(answer, context, version, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<KekException> FailureAsync(VaultAnswer answer, WrapContext context, string? version, CancellationToken cancellationToken)
    {
        // Refused may be one that would have to make the key first, because it is gone; and too old is one that is gone, or that may come back.
        bool isTooOld = VaultErrors.IsTooOld(answer.Says);
        if (answer.Status == 403 || isTooOld)
        {
            var key = await ReadKeyAsync(cancellationToken).ConfigureAwait(false);
            if (isTooOld && version is not null && VaultCiphertext.Number(version) < key.MinAvailableVersion)
            {
                return VaultErrors.Trimmed(uri, version);
            }
        }

        return VaultErrors.Translate(uri, context, answer);
    }

    private async ValueTask<VaultKey> KeyAsync(CancellationToken cancellationToken) => _key ??= await ReadKeyAsync(cancellationToken).ConfigureAwait(false);

    private async Task<VaultKey> ReadKeyAsync(CancellationToken cancellationToken)
    {
        using var answer = await session.CallAsync(HttpMethod.Get, $"{name.Mount}/keys/{name.Name}", null, cancellationToken).ConfigureAwait(false);
        if (!answer.IsOk)
        {
            throw VaultErrors.Translate(uri, null, answer);
        }

        var key = VaultKey.Of(answer.Data) ?? throw VaultErrors.NoVault(uri);
        return key.Mistake(name, allowWeak) is { } mistake ? throw new KekException(KekFailure.Denied, $"The key of {uri} {mistake}") : key;
    }

    private WrappedKey Wrap(VaultAnswer answer, int size) => VaultCiphertext.Parse(VaultAnswer.Text(answer.Data, "ciphertext"), size) ?? throw VaultErrors.NoVault(uri);

    private static string Ciphertext(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        return VaultCiphertext.Of(wrapped)
            ?? throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes and a version that are no wrap of a vault: KEK.");
    }
}
