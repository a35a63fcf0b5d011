using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using Microsoft.Win32.SafeHandles;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Gives each KEK that needs one its passphrase; asks where nothing else says it.</summary>
internal sealed class PassphraseReader(IReadOnlyList<PassphraseSource> sources, CliEnvironment environment, Redaction redaction)
{
    public const string Ways = "at the terminal, by --passphrase-file or --passphrase-fd, in COLUMNCRYPT_PASSPHRASE, or \"passphraseFile\" in columncrypt.json";

    private readonly Dictionary<PassphraseSource, string> _read = [];
    private int _next;

    /// <summary>The passphrase of a KEK; null where none was given and nobody can be asked, or nothing was answered.</summary>
    public string? For(KekSetting kek)
    {
        string? passphrase = kek.PassphraseFile is { } own
            ? SmallText.Read(own, $"the passphrase of {kek.Uri}")
            : sources.Count > 0 ? Read(sources[Math.Min(_next++, sources.Count - 1)]) : environment.ReadSecret?.Invoke($"Passphrase of {kek.Uri}: ");
        redaction.Add(passphrase);
        return passphrase is { Length: > 0 } ? passphrase : null;
    }

    /// <summary>The passphrase of a KEK that is there.</summary>
    public string ForExisting(KekSetting kek) => For(kek) ?? throw CliException.Usage($"{kek.Uri} needs its passphrase: {Ways}.");

    /// <summary>The passphrase of a KEK that is to be made; asked for twice.</summary>
    public string ForNew(KekSetting kek)
    {
        string passphrase = For(kek) ?? throw CliException.Usage($"{kek.Uri} needs a passphrase: {Ways}.");
        if (kek.PassphraseFile is null && sources.Count == 0 && environment.ReadSecret!("The same once more: ") != passphrase)
        {
            throw new CliException("not-confirmed", "The two passphrases differ. Nothing was done.");
        }

        return passphrase;
    }

    private string Read(PassphraseSource source)
    {
        if (!_read.TryGetValue(source, out string? passphrase))
        {
            passphrase = source switch
            {
                { File: { } path } => SmallText.Read(path, "a passphrase"),
                { Descriptor: { } number } => FromDescriptor(number),
                _ => environment.Variable(source.Variable!)!,
            };
            _read.Add(source, passphrase);
        }

        return passphrase;
    }

    private string FromDescriptor(int number)
    {
        if (number == 0)
        {
            return environment.Input.ReadLine() is { Length: > 0 } line ? line : throw CliException.Usage("The standard input must hold a passphrase on its first line.");
        }

        if (OperatingSystem.IsWindows())
        {
            throw CliException.Usage("--passphrase-fd takes only 0 on Windows: use --passphrase-file.");
        }

        try
        {
            using var handle = new SafeFileHandle(number, ownsHandle: false);
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            return SmallText.Read(stream, $"The file descriptor {number}", "a passphrase");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException("usage", $"The file descriptor {number} cannot be read: {error.Message}", ExitCode.Usage, error);
        }
    }
}
