using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek;

/// <summary>A passphrase in UTF-8, in memory that does not move and is zeroed on disposal.</summary>
internal sealed class Passphrase : IDisposable
{
    /// <summary>Holds the passphrase.</summary>
    public const string Variable = "COLUMNCRYPT_PASSPHRASE";

    /// <summary>Names a file that holds the passphrase on its only line.</summary>
    public const string FileVariable = "COLUMNCRYPT_PASSPHRASE_FILE";

    private const int MinimumSize = 8;
    private const int MaximumSize = 1024;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _bytes;

    private Passphrase(ReadOnlySpan<byte> utf8)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        utf8.CopyTo(_bytes);
    }

    public ReadOnlySpan<byte> Utf8 => _bytes;

    /// <exception cref="EncryptionModelException">The passphrase is too short, too long, or holds a lone surrogate.</exception>
    public static Passphrase ForNewFile(string text)
    {
        var passphrase = FromText(text) ?? throw new EncryptionModelException("The passphrase holds half of a character (a lone surrogate): choose another one.");
        if (passphrase._bytes.Length is >= MinimumSize and <= MaximumSize)
        {
            return passphrase;
        }

        passphrase.Dispose();
        throw new EncryptionModelException($"A passphrase has {MinimumSize} to {MaximumSize} bytes in UTF-8. Six random words make a good one.");
    }

    /// <summary>A passphrase that is given for a file that exists.</summary>
    /// <exception cref="KekException">It is none that a file can have.</exception>
    public static Passphrase Given(string path, string text) =>
        FromText(text) ?? throw new KekException(KekFailure.Denied, $"The passphrase of {path} holds half of a character (a lone surrogate).");

    /// <summary>The passphrase of the options, else of <see cref="Variable"/>, else of the file that <see cref="FileVariable"/> names.</summary>
    /// <param name="uri">The KEK that is to be opened, for the message.</param>
    /// <param name="options">What the configuration says about it.</param>
    /// <exception cref="KekException">There is none, or its file cannot be read.</exception>
    public static Passphrase Find(string uri, KekOptions options)
    {
        if (options is { IsTenantsOwn: true, Passphrase: not { Length: > 0 } })
        {
            throw new KekException(KekFailure.Denied, $"The KEK {uri}, a tenant's own, needs its passphrase: give it in UseTenantKeks. The one in the environment is not a tenant's.");
        }

        string? text = options.Passphrase is { Length: > 0 } given ? given : Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(text))
        {
            return FromText(text) ?? throw new KekException(KekFailure.Denied, $"The passphrase of {uri} holds half of a character (a lone surrogate).");
        }

        return Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } path
            ? FromFile(uri, path)
            : throw new KekException(
                KekFailure.Denied,
                $"The KEK {uri} needs its passphrase: set {Variable}, or {FileVariable} to a file that holds it, or call UseKek(uri, o => o.Passphrase = …).");
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static Passphrase? FromText(string text)
    {
        byte[] utf8 = [];
        try
        {
            utf8 = s_utf8.GetBytes(text);
            return new Passphrase(utf8);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    private static Passphrase FromFile(string uri, string path)
    {
        var content = SmallFile.Read(path, MaximumSize + 2, $"the passphrase of {uri} ({FileVariable})");
        try
        {
            var line = content.AsSpan().TrimEnd("\r\n"u8);
            return line.Length > 0 && line.IndexOfAny("\r\n"u8) < 0
                ? new Passphrase(line)
                : throw new KekException(KekFailure.Denied, $"The file {path}, which {FileVariable} names, must hold the passphrase of {uri} on its only line.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }
}
