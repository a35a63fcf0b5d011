using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.MlKem;

[Trait(MlKemSupport.Trait, MlKemSupport.Value)]
public sealed class MlKemContractTests(MlKemContractTests.Source source) : KekContract(source), IClassFixture<MlKemContractTests.Source>
{
    public sealed class Source : IKekSource, IDisposable
    {
        private const string Secret = "the passphrase of a test";
        private readonly TempFolder _folder = new();
        private readonly Lazy<IKeyEncryptionKey> _kek;
        private readonly Lazy<IKeyEncryptionKey> _another;

        public Source() => (_kek, _another) = (new(() => Open("kek.json")), new(() => Open("another.json")));

        public string Uri => "mlkem:" + _folder.File("kek.json");

        // A wrap has some ten thousand bits, nearly all of them of ML-KEM's ciphertext.
        public int StrideOfChanges => 13;

        public ValueTask<IKeyEncryptionKey> OpenAsync()
        {
            MlKemSupport.SkipWhereMissing();
            return ValueTask.FromResult(_kek.Value);
        }

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

        public void Dispose() => _folder.Dispose();

        private IKeyEncryptionKey Open(string name)
        {
            MlKemKek.Create(_folder.File(name), Secret, new FileKekOptions { Iterations = 100_000 });
            return new MlKemKekProvider().Open("mlkem:" + _folder.File(name), new KekOptions { Passphrase = Secret });
        }
    }
}
