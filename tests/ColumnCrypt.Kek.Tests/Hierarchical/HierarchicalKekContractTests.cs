using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Hierarchical;

// SPEC-WRAP-17
public sealed class HierarchicalKekContractTests(HierarchicalKekSource source) : KekContract(source), IClassFixture<HierarchicalKekSource>;
