using System.Text;

namespace ColumnCrypt.Format;

/// <summary>Text as UTF-8 (RFC 3629), exactly: "" and NUL are kept, nothing is normalised, a lone surrogate is refused.</summary>
internal sealed class TextCodec : ValueCodec<string>
{
    public static readonly TextCodec Instance = new();

    // A shorter array comes zeroed, so that its memory is in the processor's cache already; for longer texts a large buffer would stay rented out.
    private const int ShortestDetour = 2 * 1_024;
    private const int LongestDetour = 64 * 1_024;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string Name => "text";

    public override byte[] Encode(string value, int head = 0, int tail = 0)
    {
        try
        {
            var frame = GC.AllocateUninitializedArray<byte>(head + s_utf8.GetByteCount(value) + tail);
            s_utf8.GetBytes(value, frame.AsSpan(head));
            return frame;
        }
        catch (EncoderFallbackException)
        {
            throw LoneSurrogate();
        }
    }

    public override bool TryEncode(string value, Span<byte> destination, out int written)
    {
        try
        {
            return s_utf8.TryGetBytes(value, destination, out written);
        }
        catch (EncoderFallbackException)
        {
            throw LoneSurrogate();
        }
    }

    internal override int DetourSizeOf(string value) => value.Length is >= ShortestDetour and <= LongestDetour ? MaxSizeOf(value.Length) : 0;

    /// <summary>The most bytes that a text of this many UTF-16 code units can have.</summary>
    public static int MaxSizeOf(int length) => s_utf8.GetMaxByteCount(length);

    /// <summary>Writes a part of a text; returns its size.</summary>
    public static int Write(ReadOnlySpan<char> text, Span<byte> destination)
    {
        try
        {
            return s_utf8.GetBytes(text, destination);
        }
        catch (EncoderFallbackException)
        {
            throw LoneSurrogate();
        }
    }

    public override string Decode(ReadOnlySpan<byte> encoded)
    {
        try
        {
            return s_utf8.GetString(encoded);
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("These bytes are not UTF-8.");
        }
    }

    // Without the inner exception, whose message would quote the character.
    private static ColumnCryptException LoneSurrogate() =>
        new("The text holds a lone surrogate, which UTF-8 cannot encode. Remove it, or store the text as byte[].");
}
