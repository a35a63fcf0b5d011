using ColumnCrypt.Kek.AzureKeyVault.Rest;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>One way to wrap in a vault, and the form of its wraps: a byte that says which, and what the vault gave (docs/SPEC.md, SPEC-WRAP-11).</summary>
/// <param name="mark">The first byte of its wraps.</param>
/// <param name="wrapping">The operation that wraps.</param>
/// <param name="unwrapping">The operation that unwraps.</param>
internal abstract class VaultWrap(byte mark, string wrapping, string unwrapping)
{
    /// <summary>RSA-OAEP-256 around the key and the digest of its context.</summary>
    public static VaultWrap RsaOaep { get; } = new OaepWrap();

    /// <summary>A256GCM, the encoded context as AAD: IV, ciphertext and tag.</summary>
    public static VaultWrap Gcm { get; } = new GcmWrap();

    public string Wrapping => wrapping;

    public string Unwrapping => unwrapping;

    /// <summary>The way that a wrap names; null where it names none.</summary>
    public static VaultWrap? Of(ReadOnlySpan<byte> wrapped) => wrapped.Length == 0 ? null : new[] { RsaOaep, Gcm }.FirstOrDefault(Marked(wrapped[0]));

    /// <summary>The request that wraps.</summary>
    public abstract VaultBody WrapRequest(ReadOnlySpan<byte> key, WrapContext context);

    /// <summary>The wrap that a vault gave; null where it is none of this way.</summary>
    public byte[]? Seal(VaultResult result, VaultKey key, int keySize) => Read(result, key, keySize) is { } bytes ? [mark, .. bytes] : null;

    /// <summary>The request that unwraps; null where the wrap has not the form of this way.</summary>
    public VaultBody? UnwrapRequest(ReadOnlySpan<byte> wrapped, WrapContext context) => Request(wrapped[1..], context);

    /// <summary>What is the key of what was unwrapped; -1 where it is bound to another context.</summary>
    public abstract int KeySize(ReadOnlySpan<byte> unwrapped, WrapContext context);

    private protected abstract byte[]? Read(VaultResult result, VaultKey key, int keySize);

    private protected abstract VaultBody? Request(ReadOnlySpan<byte> wrapped, WrapContext context);

    private byte Mark => mark;

    private static Func<VaultWrap, bool> Marked(byte mark) => wrap => wrap.Mark == mark;
}
