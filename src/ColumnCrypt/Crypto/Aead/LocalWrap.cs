using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) around a key: <c>nonce (12) ‖ ciphertext (as long as the key) ‖ tag (16)</c>. The nonce is 96 bits
/// straight from the operating system, never buffered (section 8.2.2): one wrapping key makes at most 2^32 wraps.
/// </summary>
internal static class LocalWrap
{
    /// <summary>The size of a wrapping key: 32 bytes.</summary>
    public const int KeySize = 32;

    /// <summary>How much longer a wrap is than what it holds: 28 bytes.</summary>
    public const int Overhead = NonceSize + TagSize;

    // Both private keys of a hybrid pair.
    private const int MaximumSize = 96;
    private const int NonceSize = AeadContext.NonceSize;
    private const int TagSize = AeadContext.TagSize;

    /// <summary>Wraps.</summary>
    /// <param name="gcm">A context under the wrapping key.</param>
    /// <param name="associated">What the wrap is bound to.</param>
    /// <param name="key">What is wrapped.</param>
    /// <param name="wrap">Receives the wrap: <see cref="Overhead"/> longer than <paramref name="key"/>, exactly.</param>
    public static void Seal(AeadContext gcm, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> key, Span<byte> wrap)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(wrap.Length, key.Length + Overhead, nameof(wrap));
        var nonce = wrap[..NonceSize];
        SystemRandom.Fill(nonce);
        gcm.Encrypt(nonce, key, wrap[NonceSize..^TagSize], wrap[^TagSize..], associated);
    }

    /// <summary>Unwraps; false, with nothing written, where the wrap is not one of this key and these associated bytes.</summary>
    /// <param name="gcm">A context under the wrapping key.</param>
    /// <param name="associated">What the wrap was bound to.</param>
    /// <param name="wrap">What <see cref="Seal"/> wrote.</param>
    /// <param name="key">Receives what was wrapped: <see cref="Overhead"/> shorter than <paramref name="wrap"/>, exactly.</param>
    public static bool TryOpen(AeadContext gcm, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> wrap, Span<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, wrap.Length - Overhead, nameof(key));
        Span<byte> unverified = stackalloc byte[MaximumSize];
        unverified = unverified[..key.Length];
        try
        {
            if (!gcm.TryDecrypt(wrap[..NonceSize], wrap[NonceSize..^TagSize], wrap[^TagSize..], unverified, associated))
            {
                return false;
            }

            unverified.CopyTo(key);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(unverified);
        }
    }

    /// <summary>Unwraps and wraps anew, with a fresh nonce; false where <see cref="TryOpen"/> would say so.</summary>
    /// <param name="gcm">A context under the wrapping key.</param>
    /// <param name="associated">What both wraps are bound to.</param>
    /// <param name="wrap">What <see cref="Seal"/> wrote.</param>
    /// <param name="newWrap">Receives the new wrap, as long as <paramref name="wrap"/>.</param>
    public static bool TryReseal(AeadContext gcm, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> wrap, Span<byte> newWrap)
    {
        Span<byte> key = stackalloc byte[SecretMemory.SlotSize];
        key = key[..(wrap.Length - Overhead)];
        try
        {
            if (!TryOpen(gcm, associated, wrap, key))
            {
                return false;
            }

            Seal(gcm, associated, key, newWrap);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
