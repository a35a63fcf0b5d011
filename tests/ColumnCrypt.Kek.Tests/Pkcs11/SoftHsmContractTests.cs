using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Kek.Pkcs11;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

public sealed class SoftHsmGcmContractTests(SoftHsmGcmContractTests.Source source) : RemoteKekContract(source), IClassFixture<SoftHsmGcmContractTests.Source>
{
    public sealed class Source() : SoftHsmSource(Pkcs11Mechanism.Automatic);
}

public sealed class SoftHsmKeyWrapContractTests(SoftHsmKeyWrapContractTests.Source source) : RemoteKekContract(source), IClassFixture<SoftHsmKeyWrapContractTests.Source>
{
    public sealed class Source() : SoftHsmSource(Pkcs11Mechanism.AesKeyWrap);
}
