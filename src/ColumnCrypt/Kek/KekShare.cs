using System.Buffers.Binary;
using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Sharing;

namespace ColumnCrypt.Kek;

/// <summary>
/// A share of the secret that seals a <c>file:</c> KEK, as one line of text (docs/SPEC.md, SPEC-SHARE-2): <c>CCS1</c> and 72 characters that hold
/// <code>
/// bytes 0..5    set id
/// byte 6        threshold
/// byte 7        count
/// byte 8        index, from 1
/// bytes 9..40   share
/// bytes 41..44  checksum: the first 4 bytes of SHA-256 over columncrypt/1/share and what stands before
/// </code>
/// In memory that does not move, zeroed on disposal.
/// </summary>
internal sealed class KekShare : IDisposable
{
    private const string Version = "CCS1";
    private const int HeaderSize = SharesSeal.SetSize + 3;
    private const int BodySize = HeaderSize + SecretSharing.SecretSize;
    private const int ChecksumSize = 4;
    private const int Size = BodySize + ChecksumSize;
    private const int GroupSize = 6;

    private static ReadOnlySpan<byte> Label => "columncrypt/1/share"u8;

    private KekShare(SharesSeal seal, int index, byte[] value) => (Seal, Index, Value) = (seal, index, value);

    /// <summary>Which secret it is of.</summary>
    public SharesSeal Seal { get; }

    /// <summary>Which of the shares it is: 1 to the count.</summary>
    public int Index { get; }

    /// <summary>The share: 32 bytes.</summary>
    public byte[] Value { get; }

    /// <summary>The shares of a secret as lines.</summary>
    public static IReadOnlyList<string> Split(ReadOnlySpan<byte> secret, SharesSeal seal)
    {
        byte[][] shares = SecretSharing.Split(secret, seal.Threshold, seal.Count);
        try
        {
            return [.. shares.Select((share, position) => Write(seal, position + 1, share))];
        }
        finally
        {
            Array.ForEach(shares, static share => CryptographicOperations.ZeroMemory(share));
        }
    }

    /// <summary>Reads a line; blanks and hyphens in it do not matter, nor does the case of letters.</summary>
    /// <exception cref="FormatException">It is no share, or misspelt; the message says which, and nothing of the line.</exception>
    public static KekShare Parse(string line)
    {
        // Where blanks and hyphens stand tells nothing of what stands between them.
        char[] text = GC.AllocateUninitializedArray<char>(line.Length, pinned: true);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        try
        {
            int length = 0;
            foreach (char character in line.AsSpan())
            {
                if (!char.IsWhiteSpace(character) && character != '-')
                {
                    text[length++] = character;
                }
            }

            return Read(text.AsSpan(0, length), bytes);
        }
        finally
        {
            text.AsSpan().Clear();
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(Value);

    /// <summary>The line of a share.</summary>
    internal static string Write(SharesSeal seal, int index, ReadOnlySpan<byte> share)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Span<char> text = stackalloc char[SecretText.Length(Size)];
        try
        {
            Convert.FromHexString(seal.Set).CopyTo(bytes);
            bytes[SharesSeal.SetSize] = (byte)seal.Threshold;
            bytes[SharesSeal.SetSize + 1] = (byte)seal.Count;
            bytes[SharesSeal.SetSize + 2] = (byte)index;
            share.CopyTo(bytes[HeaderSize..]);
            Checksum(bytes[..BodySize], bytes[BodySize..]);
            SecretText.Write(bytes, text);
            return string.Create(Version.Length + (text.Length / GroupSize * (GroupSize + 1)), (ReadOnlySpan<char>)text, static (line, characters) =>
            {
                Version.CopyTo(line);
                for (int group = 0; group < characters.Length / GroupSize; group++)
                {
                    var place = line[(Version.Length + (group * (GroupSize + 1)))..];
                    place[0] = '-';
                    characters.Slice(group * GroupSize, GroupSize).CopyTo(place[1..]);
                }
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            text.Clear();
        }
    }

    private static KekShare Read(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (!text.StartsWith(Version, StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"it does not begin with {Version}; a newer ColumnCrypt may have made it, or it is none");
        }

        text = text[Version.Length..];
        if (text.Length != SecretText.Length(Size))
        {
            throw new FormatException($"it has {text.Length} characters behind {Version}, blanks and hyphens aside, and not {SecretText.Length(Size)}");
        }

        Span<byte> checksum = stackalloc byte[ChecksumSize];
        if (!SecretText.TryRead(text, bytes) || !IsIntact(bytes, checksum))
        {
            throw new FormatException("a character of it is misread: its checksum does not match");
        }

        var seal = new SharesSeal(Convert.ToHexStringLower(bytes[..SharesSeal.SetSize]), bytes[SharesSeal.SetSize], bytes[SharesSeal.SetSize + 1]);
        int index = bytes[SharesSeal.SetSize + 2];
        if (SharesSeal.WhyUnfit(seal.Threshold, seal.Count) is { } why || index < 1 || index > seal.Count)
        {
            throw new FormatException("it says of itself what cannot be");
        }

        byte[] value = GC.AllocateUninitializedArray<byte>(SecretSharing.SecretSize, pinned: true);
        bytes[HeaderSize..BodySize].CopyTo(value);
        return new KekShare(seal, index, value);
    }

    private static bool IsIntact(ReadOnlySpan<byte> bytes, Span<byte> checksum)
    {
        Checksum(bytes[..BodySize], checksum);
        return BinaryPrimitives.ReadUInt32BigEndian(checksum) == BinaryPrimitives.ReadUInt32BigEndian(bytes[BodySize..]);
    }

    private static void Checksum(ReadOnlySpan<byte> body, Span<byte> checksum)
    {
        Span<byte> hashed = stackalloc byte[Label.Length + BodySize];
        try
        {
            Label.CopyTo(hashed);
            body.CopyTo(hashed[Label.Length..]);
            Digest.Sha256(hashed).AsSpan(0, ChecksumSize).CopyTo(checksum);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(hashed);
        }
    }
}
