using System.Security.Cryptography;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>
/// One way to wrap on a token, and the form of its wraps: a byte that says which, and what the token gave. A wrap is opened in the way that it names, whichever is chosen for new ones.
/// </summary>
internal abstract class TokenWrap(byte mark, MechanismType type, string name)
{
    /// <summary>The most that a token gives back: a key with the digest of its context, padded.</summary>
    public const int MaximumOpenedSize = 128;

    private protected const int DigestSize = 32;

    /// <summary>CKM_AES_GCM, the context as AAD: nonce, ciphertext and tag.</summary>
    public static TokenWrap Gcm { get; } = new GcmWrap();

    /// <summary>CKM_AES_KEY_WRAP around the size of the key, 15 random bytes, the key, the digest of its context, and zeros up to a multiple of eight.</summary>
    public static TokenWrap KeyWrap { get; } = new AesKeyWrap();

    /// <summary>CKM_RSA_PKCS_OAEP around the key and the digest of its context.</summary>
    public static TokenWrap RsaOaep { get; } = new OaepWrap();

    public MechanismType Type => type;

    public string Name => name;

    /// <summary>Opens a wrap into <paramref name="secret"/>, of <see cref="MaximumOpenedSize"/> bytes.</summary>
    /// <returns>The size of the key in bytes.</returns>
    /// <exception cref="KekException">It is no wrap of these keys, or bound to another context.</exception>
    /// <exception cref="CryptokiException">The token does not open it.</exception>
    public static int Open(Cryptoki module, nuint session, Token token, KeyPair keys, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret)
    {
        var wrap = wrapped.Length == 0 ? null : Marked(wrapped[0], keys.IsRsa);
        return (wrap is not null && token.Has(wrap.Type) ? wrap : null)?.Unseal(module, session, keys, wrapped[1..], context, secret) ?? throw CryptokiErrors.Refused(context, new CryptographicException("It has not the form of a wrap that this token makes."));
    }

    public byte[] Seal(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> secret, WrapContext context) => [mark, .. Wrap(module, session, keys, secret, context)];

    private static TokenWrap? Marked(byte mark, bool isRsa) => (isRsa ? [RsaOaep] : new[] { Gcm, KeyWrap }).FirstOrDefault(wrap => wrap.Mark == mark);

    private byte Mark => mark;

    private protected abstract ReadOnlySpan<byte> Wrap(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> secret, WrapContext context);

    /// <summary>Gives the size of the key at the beginning of <paramref name="secret"/>; null where it is no such wrap.</summary>
    private protected abstract int? Unseal(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret);

    private protected static bool IsBoundTo(ReadOnlySpan<byte> digest, WrapContext context) => CryptographicOperations.FixedTimeEquals(digest, context.Digest());
}
