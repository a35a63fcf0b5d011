using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Benchmarks.Peers;

/// <summary>How one string is encrypted by the constructions that are common elsewhere, written as carefully as each allows. Not thread-safe.</summary>
public sealed class PeerConstructions(string text) : IDisposable
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _macKey = RandomNumberGenerator.GetBytes(32);
    private readonly Aes _aes = Aes.Create();

    /// <summary>A new <see cref="AesGcm"/> for each value, nonce from <see cref="RandomNumberGenerator"/>, the result as base64 text.</summary>
    public string NewAesGcmAndBase64()
    {
        byte[] plaintext = Encoding.UTF8.GetBytes(text);
        byte[] value = new byte[12 + plaintext.Length + 16];
        RandomNumberGenerator.Fill(value.AsSpan(0, 12));
        using var gcm = new AesGcm(_key, 16);
        gcm.Encrypt(value.AsSpan(0, 12), plaintext, value.AsSpan(12, plaintext.Length), value.AsSpan(12 + plaintext.Length));
        return Convert.ToBase64String(value);
    }

    /// <summary>AES-256-CBC with a random IV, then HMAC-SHA-256 over IV and ciphertext.</summary>
    public byte[] CbcAndHmac()
    {
        byte[] plaintext = Encoding.UTF8.GetBytes(text);
        _aes.Key = _key;
        byte[] iv = RandomNumberGenerator.GetBytes(16);
        byte[] ciphertext = _aes.EncryptCbc(plaintext, iv);
        byte[] value = new byte[16 + ciphertext.Length + 32];
        iv.CopyTo(value, 0);
        ciphertext.CopyTo(value, 16);
        HMACSHA256.HashData(_macKey, value.AsSpan(0, 16 + ciphertext.Length), value.AsSpan(16 + ciphertext.Length));
        return value;
    }

    /// <summary>JWE compact serialisation (RFC 7516), A256GCM, with a content key of its own for each value, wrapped by AES key wrap (RFC 5649, the one that .NET has).</summary>
    public string JweWithAKeyPerValue()
    {
        const string Header = "eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0"; // {"alg":"A256KW","enc":"A256GCM"}
        byte[] plaintext = Encoding.UTF8.GetBytes(text);
        byte[] contentKey = RandomNumberGenerator.GetBytes(32);
        _aes.Key = _key;
        byte[] wrapped = _aes.EncryptKeyWrapPadded(contentKey);
        byte[] nonce = RandomNumberGenerator.GetBytes(12);
        byte[] ciphertext = new byte[plaintext.Length];
        byte[] tag = new byte[16];
        using var gcm = new AesGcm(contentKey, 16);
        gcm.Encrypt(nonce, plaintext, ciphertext, tag, Encoding.ASCII.GetBytes(Header));
        return $"{Header}.{Text(wrapped)}.{Text(nonce)}.{Text(ciphertext)}.{Text(tag)}";
    }

    public void Dispose() => _aes.Dispose();

    private static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
