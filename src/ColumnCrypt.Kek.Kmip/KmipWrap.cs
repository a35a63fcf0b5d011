namespace ColumnCrypt.Kek.Kmip;

/// <summary>
/// A wrap (docs/SPEC.md, SPEC-WRAP-9): 0x01, the size of the IV, the IV, the ciphertext, and the tag of 16 bytes of AES-GCM (NIST SP 800-38D). The
/// key server draws the IV: 12 bytes, or another size that it prefers.
/// </summary>
/// <param name="Iv">The IV: 12 to 16 bytes.</param>
/// <param name="Ciphertext">As long as the key.</param>
/// <param name="AuthenticationTag">The tag: 16 bytes.</param>
internal sealed record KmipWrap(byte[] Iv, byte[] Ciphertext, byte[] AuthenticationTag)
{
    public const int TagSize = 16;

    private const byte Form = 1;
    private const int HeaderSize = 2;
    private const int MinimumIvSize = 12;
    private const int MaximumIvSize = 16;

    /// <summary>True where the sizes are those of a wrap.</summary>
    public bool IsWellFormed => IsIvSize(Iv.Length) && AuthenticationTag.Length == TagSize && Ciphertext.Length is >= KekArguments.MinimumKeySize and <= KekArguments.MaximumKeySize;

    public byte[] Encode() => [Form, (byte)Iv.Length, .. Iv, .. Ciphertext, .. AuthenticationTag];

    /// <returns>Null where the bytes are none.</returns>
    public static KmipWrap? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || bytes[0] != Form || !IsIvSize(bytes[1]) || bytes.Length < HeaderSize + bytes[1] + TagSize)
        {
            return null;
        }

        int iv = bytes[1];
        var wrap = new KmipWrap(bytes.Slice(HeaderSize, iv).ToArray(), bytes[(HeaderSize + iv)..^TagSize].ToArray(), bytes[^TagSize..].ToArray());
        return wrap.IsWellFormed ? wrap : null;
    }

    private static bool IsIvSize(int size) => size is >= MinimumIvSize and <= MaximumIvSize;
}
