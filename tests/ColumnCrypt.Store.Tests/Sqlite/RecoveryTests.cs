using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sqlite;

// Must hold 6 of the key life cycle. SPEC-BACKUP-2
public sealed class RecoveryTests
{
    [Fact]
    public async Task Backup_WithOnlyTheEscrowKey_BringsEveryValueBack_AndANewKekGoesOn()
    {
        await using var lost = new SqliteHost();
        await using var host = new SqliteHost();
        using var drill = new EscrowDrill(lost.Open(), host.Open);
        await drill.LoseAsync(20);
        Assert.All(await drill.RestoreAsync(), static value => Assert.Equal(value.Written, value.Read));
        Assert.Equal("22|22", Assert.Single(await host.QueryAsync("SELECT count(*) || '|' || count(DISTINCT key_id) FROM columncrypt_wrap WHERE kek_id LIKE 'x509:%' AND wrapped IS NOT NULL AND verified_at IS NULL")));
        Assert.Empty((await drill.RewrapAsync()).Failures);
        var read = await drill.GoOnAsync();
        Assert.Equal(22, read.Count);
        Assert.All(read, static value => Assert.Equal(value.Written, value.Read));
    }
}
