using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests;

/// <summary>Two KEK files of one kind, made and opened as an application would.</summary>
public abstract class FileKekSource : IKekSource, IDisposable
{
    private const string Secret = "the passphrase of a test";
    private readonly TempFolder _folder = new();
    private readonly FileKekOptions _options;
    private readonly Lazy<IKeyEncryptionKey> _kek;
    private readonly Lazy<IKeyEncryptionKey> _another;

    private protected FileKekSource(FileKekOptions options)
    {
        _options = options;
        _kek = new(() => Open("kek.json"));
        _another = new(() => Open("another.json"));
    }

    public string Uri => "file:" + _folder.File("kek.json");

    public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

    public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

    public void Dispose() => _folder.Dispose();

    private IKeyEncryptionKey Open(string name)
    {
        Argon2.SkipWhereMissing(_options.Kdf);
        FileKek.Create(_folder.File(name), Secret, _options);
        return new FileKekProvider().Open("file:" + _folder.File(name), new KekOptions { Passphrase = Secret, Cipher = AeadChoice.Best.Provider });
    }
}
