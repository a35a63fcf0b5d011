using System.Text;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Files that hold one line.</summary>
internal static class SmallText
{
    private const int MaximumSize = 16 * 1024;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The only line of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it holds, for the message.</param>
    public static string Read(string path, string what)
    {
        try
        {
            using var file = File.OpenRead(path);
            return OnlyLine(ReadAll(file), $"The file {path}", what);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException("usage", $"The file {path} with {what} cannot be read: {error.Message}", ExitCode.Usage, error);
        }
    }

    /// <summary>The only line of a stream.</summary>
    public static string Read(Stream stream, string name, string what) => OnlyLine(ReadAll(stream), name, what);

    private static byte[] ReadAll(Stream stream)
    {
        byte[] bytes = new byte[MaximumSize + 1];
        int size = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..size];
    }

    private static string OnlyLine(byte[] bytes, string name, string what)
    {
        try
        {
            string text = bytes.Length > MaximumSize ? "" : s_utf8.GetString(bytes).TrimEnd('\r', '\n');
            return text.Length > 0 && text.IndexOfAny(['\r', '\n']) < 0
                ? text
                : throw CliException.Usage($"{name} must hold {what} on its only line.");
        }
        catch (DecoderFallbackException error)
        {
            throw new CliException("usage", $"{name} must hold {what} in UTF-8.", ExitCode.Usage, error);
        }
    }
}
