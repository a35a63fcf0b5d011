using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ColumnCrypt.Kek.AzureKeyVault.Rest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>
/// A key in Azure Key Vault or a Managed HSM behind the contract (docs/SPEC.md, SPEC-WRAP-11; docs/kek/azure-key-vault.md). The KEK never leaves the vault; a rewrap brings the data
/// key into this process for a moment. Each wrap names the version of the key that made it. A vault wraps with a disabled RSA key, because that is a public operation: so the key is
/// looked at before, at the latest after a minute.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="key">What it names.</param>
/// <param name="algorithm">How to wrap.</param>
/// <param name="allowWeak">True to take RSA keys from 2,048 bits on.</param>
/// <param name="client">The client; disposed with the KEK.</param>
/// <param name="time">The clock.</param>
internal sealed class AzureKeyVaultKek(string uri, AzureKeyUri key, AzureKeyVaultAlgorithm algorithm, bool allowWeak, VaultClient client, TimeProvider time) : IKeyEncryptionKey, IDisposable
{
    private const int MinimumModulusBits = 3_072;
    private const int WeakModulusBits = 2_048;
    private const int CountedVersions = 25;

    private static readonly TimeSpan s_freshness = TimeSpan.FromMinutes(1);
    private static readonly WrapContext s_probe = new(default, "", default, KeyKind.Data);

    private volatile VaultKey? _current;
    private volatile bool _mustLook = true;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.Versions | (algorithm == AzureKeyVaultAlgorithm.Aes256Gcm ? KekCapabilities.None : KekCapabilities.PublicWrap);

    public int? SecurityStrength => _current?.Strength;

    public DateTimeOffset? ExpiresAt => _current?.Expires;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        var current = _current is { } known && !_mustLook && time.GetUtcNow() - known.AsOf < s_freshness ? known : await LookAsync(cancellationToken).ConfigureAwait(false);
        var way = WayOf(current);
        return await VaultErrors.CallAsync(uri, async () =>
        {
            using var body = way.WrapRequest(key.Span, context);
            using var result = await OperateAsync(current.Version, way.Wrapping, body, null, cancellationToken).ConfigureAwait(false);
            return new WrappedKey(current.Version, way.Seal(result, current, key.Length) ?? throw VaultErrors.Odd(uri, "It gives a wrap of another size.", null));
        }).ConfigureAwait(false);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandDestination(destination);
        cancellationToken.ThrowIfCancellationRequested();
        string version = UnwrappingVersion(wrapped, context);
        var way = VaultWrap.Of(wrapped.Bytes.Span) is { } named && Allows(named) ? named : throw NoWrap(wrapped, context);
        return await VaultErrors.CallAsync(uri, async () =>
        {
            using var body = way.UnwrapRequest(wrapped.Bytes.Span, context) ?? throw NoWrap(wrapped, context);
            using var result = await OperateAsync(version, way.Unwrapping, body, context, cancellationToken).ConfigureAwait(false);
            int size = way.KeySize(result.Value, context);
            return size < 0 ? throw VaultErrors.Refused(context) : KekArguments.CopyKey(result.Value[..size], destination);
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

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await LookAsync(cancellationToken).ConfigureAwait(false);
        byte[] probe = new byte[KekArguments.MinimumKeySize];
        byte[] opened = new byte[KekArguments.MaximumKeySize];
        var wrapped = await WrapAsync(probe, s_probe, cancellationToken).ConfigureAwait(false);
        int size = await UnwrapAsync(wrapped, s_probe, opened, cancellationToken).ConfigureAwait(false);
        if (!probe.AsSpan().SequenceEqual(opened.AsSpan(0, size)))
        {
            throw new KekException(KekFailure.Unavailable, $"The vault gives back other bytes than {uri} has wrapped. Do not use it.");
        }
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        var current = await LookAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            new("version", current.Version),
            new("key", current.ModulusBits is { } bits ? string.Create(CultureInfo.InvariantCulture, $"{current.Type}, {bits} bits") : current.Type),
            new("enabled", current.IsEnabled ? "yes" : "no"),
            new("wraps", current.Window),
            new("versions", await VersionsAsync(cancellationToken).ConfigureAwait(false)),
            new("when deleted", Deletion(current)),
        ];
    }

    public void Dispose() => client.Dispose();

    private Task<VaultKey> LookAsync(CancellationToken cancellationToken) => VaultErrors.CallAsync(uri, async () =>
    {
        _mustLook = true;
        using var answer = await client.GetAsync(key.Version is null ? $"keys/{key.Name}" : $"keys/{key.Name}/{key.Version}", cancellationToken).ConfigureAwait(false);
        var current = KeyIn(answer);
        (_current, _mustLook) = (current, false);
        return current;
    });

    private VaultKey KeyIn(VaultAnswer answer) => answer.Status == 200
        ? VaultKey.Parse(answer.Body, key, time.GetUtcNow()) ?? throw VaultErrors.Odd(uri, "It tells of another key, or of none.", null)
        : throw VaultErrors.Translate(uri, answer);

    // Operates with one version. The context is that of a wrap which is opened; null where one is made.
    private async Task<VaultResult> OperateAsync(string version, string operation, VaultBody body, WrapContext? context, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsync($"keys/{key.Name}/{version}/{operation}", body, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 200)
        {
            _mustLook = true;
            throw await ReasonAsync(version, answer, context, cancellationToken).ConfigureAwait(false);
        }

        var result = VaultResult.Parse(answer.Body.Span) ?? throw VaultErrors.Odd(uri, "It gives no result.", null);
        if (key.VersionOf(result.Identifier) == version)
        {
            return result;
        }

        result.Dispose();
        throw VaultErrors.Odd(uri, "It answers for another key.", null);
    }

    private async Task<KekException> ReasonAsync(string version, VaultAnswer answer, WrapContext? context, CancellationToken cancellationToken)
    {
        switch (answer.Status)
        {
            case 400 when context is not null:
                return VaultErrors.Refused(context);
            case 404 when context is not null:
                // Versions are not deleted one by one: either the key is gone, or the wrap is another's.
                await LookAsync(cancellationToken).ConfigureAwait(false);
                return new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was made by another key than {uri}: that has no version {version}.");
            case 403 when await IsDisabledAsync(version, cancellationToken).ConfigureAwait(false):
                return VaultErrors.Disabled(uri);
            default:
                return VaultErrors.Translate(uri, answer);
        }
    }

    // A vault has one status for a key that is disabled and for a caller without a right.
    private async Task<bool> IsDisabledAsync(string version, CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync($"keys/{key.Name}/{version}", cancellationToken).ConfigureAwait(false);
        return answer.Status == 200 && VaultKey.Parse(answer.Body, key, time.GetUtcNow()) is { IsEnabled: false };
    }

    private VaultWrap WayOf(VaultKey current)
    {
        var now = time.GetUtcNow();
        if (!current.IsEnabled)
        {
            throw VaultErrors.Disabled(uri);
        }

        if (now < current.NotBefore || now > current.Expires)
        {
            throw new KekException(KekFailure.Disabled, $"The key of {uri} wraps {current.Window}: nothing is wrapped under it now. Rotate it; what it has wrapped it still unwraps.");
        }

        if (current.IsRsa && current.ModulusBits < (allowWeak ? WeakModulusBits : MinimumModulusBits))
        {
            throw new KekException(KekFailure.Denied, $"The RSA key of {uri} has {current.ModulusBits} bits: {MinimumModulusBits} or more are demanded. Make a larger one, or set AllowWeakKek.");
        }

        return current switch
        {
            { IsRsa: true } when Allows(VaultWrap.RsaOaep) => VaultWrap.RsaOaep,
            { IsAes: true } when Allows(VaultWrap.Gcm) => VaultWrap.Gcm,
            _ => throw new KekException(KekFailure.Denied, $"The key of {uri} is of the type {current.Type}: a KEK is RSA or RSA-HSM, or oct-HSM, as Algorithm says. Make one."),
        };
    }

    private bool Allows(VaultWrap way) => algorithm switch
    {
        AzureKeyVaultAlgorithm.RsaOaep256 => way == VaultWrap.RsaOaep,
        AzureKeyVaultAlgorithm.Aes256Gcm => way == VaultWrap.Gcm,
        _ => true,
    };

    // The version stands in a table that others may write to: it chooses among the versions of the key that the configuration names, and where that names one, not even those.
    private string UnwrappingVersion(WrappedKey wrapped, WrapContext context) => AzureKeyUri.IsVersion(wrapped.KekVersion) && (key.Version is null || key.Version == wrapped.KekVersion)
        ? wrapped.KekVersion
        : throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} names a version that is none of {uri}.");

    private async Task<string> VersionsAsync(CancellationToken cancellationToken)
    {
        using var answer = await VaultErrors.CallAsync(uri, () => client.GetAsync($"keys/{key.Name}/versions?maxresults={CountedVersions}", cancellationToken)).ConfigureAwait(false);
        if (answer.Status == 403)
        {
            return "not known: the identity may not list keys";
        }

        if (answer.Status != 200)
        {
            throw VaultErrors.Translate(uri, answer);
        }

        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            int count = document.RootElement.GetProperty("value").GetArrayLength();
            bool isMore = document.RootElement.TryGetProperty("nextLink", out var next) && next.ValueKind == JsonValueKind.String;
            return string.Create(CultureInfo.InvariantCulture, $"{count}{(isMore ? " or more" : "")}");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw VaultErrors.Odd(uri, "It gives no list of versions.", error);
        }
    }

    private static string Deletion(VaultKey current) => current.Recovery switch
    {
        "" => "not known",
        "Purgeable" => "gone at once",
        { } level when level.Contains("Purgeable", StringComparison.Ordinal) => $"recoverable{For(current)}, or purged before ({level})",
        { } level => $"recoverable{For(current)}, and not purged before ({level})",
    };

    private static string For(VaultKey current) => current.RecoverableDays is { } days ? string.Create(CultureInfo.InvariantCulture, $" for {days} days") : "";

    private static KekException NoWrap(WrappedKey wrapped, WrapContext context) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes that are no wrap of this azure-kv: KEK.");
}
