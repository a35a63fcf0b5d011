using System.Buffers.Text;
using ColumnCrypt.Format;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Values;

/// <summary>An encrypted value as an operator pastes it.</summary>
internal static class ValueText
{
    private const int LargestFile = 256 * 1024 * 1024;

    /// <summary>The bytes of a value in hex, base64, base64url, as text of a column, or in a file.</summary>
    public static byte[] Read(string text, CliEnvironment environment) =>
        text.StartsWith('@') ? ReadFile(environment.PathOf(text[1..])) : Decode(text) ?? throw CliException.Usage(
            "The value is not hex, base64, base64url or text of a column (cc1:…). For the bytes of a file, write @ and its path.");

    private static byte[] ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length > LargestFile)
        {
            throw CliException.Usage($"The file {path} is longer than the longest value.");
        }

        byte[] bytes = File.ReadAllBytes(path);
        return bytes.Length > 0 && (bytes[0] & 0xF0) == 0xC0 && bytes.AsSpan().IndexOfAnyExceptInRange((byte)0x09, (byte)0x7E) >= 0
            ? bytes
            : Decode(System.Text.Encoding.UTF8.GetString(bytes).Trim()) ?? bytes;
    }

    // A hexadecimal text is base64 as well: hex goes first, and what begins with a format mark wins.
    private static byte[]? Decode(string text)
    {
        if (text.StartsWith(TextForm.Prefix, StringComparison.Ordinal))
        {
            return TextForm.Decode(text);
        }

        byte[]?[] readings = [Hex(text), Base64(text), UrlBase64(text)];
        return readings.FirstOrDefault(static bytes => bytes is [var first, ..] && (first & 0xF0) == 0xC0) ?? readings.FirstOrDefault(static bytes => bytes is not null);
    }

    private static byte[]? Hex(string text)
    {
        string digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || text.StartsWith("\\x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        return digits.Length > 0 && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }

    private static byte[]? Base64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out int size) ? bytes[..size] : null;
    }

    private static byte[]? UrlBase64(string text) => text.Length > 0 && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
