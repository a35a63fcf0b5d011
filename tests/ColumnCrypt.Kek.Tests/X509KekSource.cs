using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests;

/// <summary>Two key pairs in files of one kind.</summary>
public abstract class X509KekSource : IKekSource, IDisposable
{
    private const string Secret = "the passphrase of a test";
    private readonly TempFolder _folder = new();
    private readonly int _bits;
    private readonly Action<X509Certificate2, string> _write;
    private readonly Lazy<IKeyEncryptionKey> _kek;
    private readonly Lazy<IKeyEncryptionKey> _another;

    private protected X509KekSource(int bits, Action<X509Certificate2, string, string> write)
    {
        _bits = bits;
        _write = (certificate, path) => write(certificate, path, Secret);
        _kek = new(() => Open("kek"));
        _another = new(() => Open("another"));
    }

    public string Uri => "x509:" + _folder.File("kek");

    public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

    public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

    public void Dispose() => _folder.Dispose();

    private IKeyEncryptionKey Open(string name)
    {
        using var certificate = RsaCertificates.Create(_bits);
        _write(certificate, _folder.File(name));
        return new X509KekProvider(static () => TimeProvider.System).Open("x509:" + _folder.File(name), new KekOptions { Passphrase = Secret, AllowWeakKek = _bits < 3_072 });
    }
}
