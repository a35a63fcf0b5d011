using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

public sealed class AzureKeyVaultContractTests(AzureKeyVaultContractTests.Source source) : RemoteKekContract(source), IClassFixture<AzureKeyVaultContractTests.Source>
{
    public sealed class Source() : VaultSource(VaultDouble.VaultHost, "RSA", 3_072);
}
