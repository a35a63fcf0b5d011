using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Kek.DataProtection;

namespace ColumnCrypt.Kek.Tests.DataProtection;

public sealed class DataProtectionContractTests(DataProtectionContractTests.Source source) : KekContract(source), IClassFixture<DataProtectionContractTests.Source>
{
    public sealed class Source : IKekSource, IDisposable
    {
        private readonly TestRing _ring = new();
        private readonly TestRing _anotherRing = new();
        private readonly IKeyEncryptionKey _kek;
        private readonly IKeyEncryptionKey _another;

        public Source() => (_kek, _another) = (Open(Uri, _ring), Open("data-protection:another", _anotherRing));

        public string Uri => "data-protection:clinic";

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another);

        // A refusal reads the ring, to say why.
        public int StrideOfChanges => 7;

        public void Dispose()
        {
            ((IDisposable)_kek).Dispose();
            ((IDisposable)_another).Dispose();
            _ring.Dispose();
            _anotherRing.Dispose();
        }

        private static IKeyEncryptionKey Open(string uri, TestRing ring) => new DataProtectionKekProvider(new DataProtectionKekOptions { Ring = ring.Configure }, null).Open(uri, new KekOptions());
    }
}
