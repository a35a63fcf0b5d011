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
/// <param name="transit">Makes the calls; disposed with the KEK.</param>
internal sealed class VaultKek(string uri, VaultKeyName name, VaultTransit transit) : IKeyEncryptionKey, IDisposable
{
    private const string Encrypt = "encrypt";
    private const string Decrypt = "decrypt";
    private const string Rewrap = "rewrap";

    private static readonly WrapContext s_probe = new(default, "", default, KeyKind.Data);

    private volatile VaultKey? _key;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.ServerSideRewrap | KekCapabilities.Versions;

    public int? SecurityStrength => _key?.Bits;

    // A request of some 150 KiB, and an answer of half of that.
    public int MaxBatchSize => 250;

    /// <summary>Makes the calls; for tests.</summary>
    internal VaultSession Session => transit.Session;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        var item = VaultItem.Plaintext(key, context);
        var known = await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallAsync(Encrypt, item, result => Wrap(result, known.Overhead + key.Length), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var item = VaultItem.Ciphertext(wrapped, context);
        KekArguments.DemandDestination(destination);
        await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallAsync(Decrypt, item, result => Copy(result, destination), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        var item = VaultItem.Ciphertext(wrapped, context);
        await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallAsync(Rewrap, item, result => Wrap(result, wrapped.Bytes.Length), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> WrapManyAsync(IReadOnlyList<WrapInput> inputs, CancellationToken cancellationToken)
    {
        VaultItem[] items = [.. inputs.Select(static input => VaultItem.Plaintext(input.Key, input.Context))];
        var known = await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallManyAsync(Encrypt, items, (result, i) => Wrap(result, known.Overhead + inputs[i].Key.Length), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KekOutcome<int>>> UnwrapManyAsync(IReadOnlyList<UnwrapInput> inputs, CancellationToken cancellationToken)
    {
        VaultItem[] items = [.. inputs.Select(static input => VaultItem.Ciphertext(input.Wrapped, input.Context))];
        foreach (var input in inputs)
        {
            KekArguments.DemandDestination(input.Destination);
        }

        await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallManyAsync(Decrypt, items, (result, i) => Copy(result, inputs[i].Destination), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> RewrapManyAsync(IReadOnlyList<RewrapInput> inputs, CancellationToken cancellationToken)
    {
        VaultItem[] items = [.. inputs.Select(static input => VaultItem.Ciphertext(input.Wrapped, input.Context))];
        await KeyAsync(cancellationToken).ConfigureAwait(false);
        return await transit.CallManyAsync(Rewrap, items, (result, i) => Wrap(result, inputs[i].Wrapped.Bytes.Length), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        _key = await transit.ReadKeyAsync(cancellationToken).ConfigureAwait(false);
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
        var key = await transit.ReadKeyAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            new("mount", name.Mount),
            new("key", $"{name.Name}, {key.Type}, derived"),
            new("latest version", Version(key.LatestVersion)),
            new("decrypts from", Version(key.MinDecryptionVersion)),
            new("trimmed", key.MinAvailableVersion > 1 ? $"below {Version(key.MinAvailableVersion)}" : "no"),
            new("exportable", key.IsExportable ? "yes" : "no"),
            new("deletion", key.IsDeletable ? "allowed" : "not allowed"),
            new("server", await transit.ServerAsync(cancellationToken).ConfigureAwait(false)),
        ];
    }

    public void Dispose() => transit.Dispose();

    private static string Version(long number) => string.Create(CultureInfo.InvariantCulture, $"v{number}");

    private async ValueTask<VaultKey> KeyAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _key ??= await transit.ReadKeyAsync(cancellationToken).ConfigureAwait(false);
    }

    private WrappedKey Wrap(JsonElement result, int size) => VaultCiphertext.Parse(VaultAnswer.Text(result, "ciphertext"), size) ?? throw VaultErrors.NoVault(uri);

    private int Copy(JsonElement result, Memory<byte> destination)
    {
        if (VaultAnswer.Member(result, "plaintext") is not { ValueKind: JsonValueKind.String } plaintext || !plaintext.TryGetBytesFromBase64(out byte[]? key))
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
}
