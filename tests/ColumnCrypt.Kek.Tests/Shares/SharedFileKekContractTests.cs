using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Shares;

public sealed class SharedFileKekContractTests(SharedFileKekContractTests.Source source) : KekContract(source), IClassFixture<SharedFileKekContractTests.Source>
{
    public sealed class Source : IKekSource, IDisposable
    {
        private const string Secret = "the passphrase of a test";
        private readonly TempFolder _folder = new();
        private readonly Lazy<IKeyEncryptionKey> _kek;
        private readonly Lazy<IKeyEncryptionKey> _another;

        public Source()
        {
            _kek = new(() => Open("kek.json"));
            _another = new(() => Open("another.json"));
        }

        public string Uri => "file:" + _folder.File("kek.json");

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

        public void Dispose() => _folder.Dispose();

        private IKeyEncryptionKey Open(string name)
        {
            IReadOnlyList<string> shares = [];
            FileKek.Create(_folder.File(name), Secret, new FileKekOptions { Iterations = 100_000 });
            FileKek.Split(_folder.File(name), Secret, 5, 3, made => shares = made);
            return new FileKekProvider().Open("file:" + _folder.File(name), new KekOptions { Shares = [shares[4], shares[1], shares[2]], Cipher = AeadChoice.Best.Provider });
        }
    }
}
