using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests;

// Must hold 3: another tenant's, swapped or foreign wraps; bit flips, truncations, extensions of a wrap.
public sealed class Pbkdf2FileKekContractTests(Pbkdf2FileKekContractTests.Source source) : KekContract(source), IClassFixture<Pbkdf2FileKekContractTests.Source>
{
    public sealed class Source() : FileKekSource(new FileKekOptions { Iterations = 100_000 });
}

public sealed class Argon2idFileKekContractTests(Argon2idFileKekContractTests.Source source) : KekContract(source), IClassFixture<Argon2idFileKekContractTests.Source>
{
    public sealed class Source() : FileKekSource(new FileKekOptions { Kdf = FileKekKdf.Argon2id, MemoryKiB = 19_456, Passes = 2, Lanes = 1 });
}

public sealed class InMemoryKekContractTests(InMemoryKekContractTests.Source source) : KekContract(source), IClassFixture<InMemoryKekContractTests.Source>
{
    public sealed class Source : IKekSource
    {
        private readonly IKeyEncryptionKey _kek = new InMemoryKekProvider().Open("memory:", new KekOptions());

        public string Uri => "memory:";

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(new InMemoryKekProvider().Open("memory:", new KekOptions()));
    }
}

public sealed class ForeignKekContractTests(ForeignKekContractTests.Source source) : KekContract(source), IClassFixture<ForeignKekContractTests.Source>
{
    public sealed class Source : IKekSource
    {
        private readonly ForeignKek _kek = new("foreign:one");

        public string Uri => "foreign:one";

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult<IKeyEncryptionKey>(_kek);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult<IKeyEncryptionKey>(new ForeignKek("foreign:two"));
    }
}

public sealed class X509PfxContractTests(X509PfxContractTests.Source source) : KekContract(source), IClassFixture<X509PfxContractTests.Source>
{
    public sealed class Source() : X509KekSource(3_072, RsaCertificates.WritePfx);
}

public sealed class X509PemContractTests(X509PemContractTests.Source source) : KekContract(source), IClassFixture<X509PemContractTests.Source>
{
    public sealed class Source() : X509KekSource(2_048, RsaCertificates.WritePem);
}
