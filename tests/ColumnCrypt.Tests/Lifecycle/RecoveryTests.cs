using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

// Must hold 6 of the key life cycle. SPEC-BACKUP-2 SPEC-WRAP-6
public sealed class RecoveryTests
{
    [Fact]
    public async Task Backup_WithOnlyTheEscrowKey_BringsEveryValueBack_AndANewKekGoesOn()
    {
        var restored = new InMemoryKeyStore();
        using var drill = new EscrowDrill(new InMemoryKeyStore(), () => restored);
        await drill.LoseAsync(20);
        var read = await drill.RestoreAsync();
        Assert.Equal(20, read.Count);
        Assert.All(read, static value => Assert.Equal(value.Written, value.Read));
        var rewrapped = await drill.RewrapAsync();
        Assert.Equal((22, 0), (rewrapped.Succeeded, rewrapped.Failures.Count));
        read = await drill.GoOnAsync();
        Assert.Equal(22, read.Count);
        Assert.All(read, static value => Assert.Equal(value.Written, value.Read));
    }
}
