using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

public sealed class ManagedHsmContractTests(ManagedHsmContractTests.Source source) : RemoteKekContract(source), IClassFixture<ManagedHsmContractTests.Source>
{
    public sealed class Source() : VaultSource(VaultDouble.HsmHost, "oct-HSM", 256);
}
