using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

/// <summary>One version of a key of a <see cref="GoogleDouble"/>. A ciphertext names the version and the key that made it.</summary>
/// <param name="number">Its number.</param>
/// <param name="key">What the ciphertexts of the key begin with.</param>
internal sealed class GoogleKeyVersion(int number, byte[] key)
{
    private const int HeaderSize = 20;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _material = RandomNumberGenerator.GetBytes(32);

    public int Number => number;

    public string State { get; set; } = "ENABLED";

    public DateTimeOffset? DestroyTime { get; set; }

    /// <summary>The number of the version that a ciphertext of the key names; 0 for none.</summary>
    public static int NumberIn(byte[] ciphertext, byte[] key) =>
        ciphertext.Length >= HeaderSize + NonceSize + TagSize && ciphertext.AsSpan(4, 16).SequenceEqual(key) ? BinaryPrimitives.ReadInt32BigEndian(ciphertext) : 0;

    public byte[] Encrypt(byte[] plaintext, byte[] aad)
    {
        byte[] ciphertext = new byte[HeaderSize + NonceSize + plaintext.Length + TagSize];
        BinaryPrimitives.WriteInt32BigEndian(ciphertext, number);
        key.CopyTo(ciphertext, 4);
        RandomNumberGenerator.Fill(ciphertext.AsSpan(HeaderSize, NonceSize));
        using var gcm = new AesGcm(_material, TagSize);
        var body = ciphertext.AsSpan(HeaderSize + NonceSize);
        gcm.Encrypt(ciphertext.AsSpan(HeaderSize, NonceSize), plaintext, body[..^TagSize], body[^TagSize..], aad);
        return ciphertext;
    }

    /// <exception cref="CryptographicException">It was made with other associated data, or changed.</exception>
    public byte[] Decrypt(byte[] ciphertext, byte[] aad)
    {
        var body = ciphertext.AsSpan(HeaderSize + NonceSize);
        byte[] plaintext = new byte[body.Length - TagSize];
        using var gcm = new AesGcm(_material, TagSize);
        gcm.Decrypt(ciphertext.AsSpan(HeaderSize, NonceSize), body[..^TagSize], body[^TagSize..], plaintext, aad);
        return plaintext;
    }

    public JsonObject Describe(string name)
    {
        var version = new JsonObject { ["name"] = $"{name}/cryptoKeyVersions/{number}", ["state"] = State, ["protectionLevel"] = "SOFTWARE", ["algorithm"] = "GOOGLE_SYMMETRIC_ENCRYPTION" };
        if (DestroyTime is { } time)
        {
            version["destroyTime"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        }

        return version;
    }
}
