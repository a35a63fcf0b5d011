using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>
/// The cost of guessing the passphrase of a <c>file:</c> KEK. It is paid once per process. Not thread-safe; read when
/// <see cref="FileKek.Create"/> is called.
/// </summary>
public sealed class FileKekOptions
{
    /// <summary>The function. Default: <see cref="FileKekKdf.Pbkdf2HmacSha256"/>.</summary>
    public FileKekKdf Kdf { get; set; } = FileKekKdf.Pbkdf2HmacSha256;

    /// <summary>PBKDF2: the number of iterations, 100,000 to 10,000,000. Default: 600,000.</summary>
    public int Iterations { get; set; } = 600_000;

    /// <summary>Argon2id: the memory in KiB, 19,456 to 1,048,576. Default: 65,536 (64 MiB).</summary>
    public int MemoryKiB { get; set; } = 65_536;

    /// <summary>Argon2id: the number of passes, 1 to 16. Default: 3.</summary>
    public int Passes { get; set; } = 3;

    /// <summary>Argon2id: the number of lanes, and of threads, 1 to 16. Default: 4.</summary>
    public int Lanes { get; set; } = 4;

    /// <exception cref="EncryptionModelException">A cost is out of its bounds; the message names every such one.</exception>
    internal PasswordKdf ToKdf()
    {
        PasswordKdf kdf = Kdf switch
        {
            FileKekKdf.Pbkdf2HmacSha256 => new Pbkdf2Kdf(Iterations),
            FileKekKdf.Argon2id => new Argon2idKdf(MemoryKiB, Passes, Lanes),
            _ => throw new EncryptionModelException($"There is no key derivation function {(int)Kdf}: choose one of FileKekKdf."),
        };
        var wrong = kdf.Parameters.Where(static parameter => !parameter.IsWithinBounds).ToList();
        return wrong.Count == 0
            ? kdf
            : throw new EncryptionModelException(string.Join(
                ' ',
                wrong.Select(parameter => $"{kdf.Name}: {parameter.Name} goes from {parameter.Minimum} to {parameter.Maximum}; it is {parameter.Value}.")));
    }
}
