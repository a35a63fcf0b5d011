using ColumnCrypt.Format;
using ColumnCrypt.Ledger;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-LEDGER-1
public sealed class LedgerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileSigningKey _signer;
    private readonly string _path;

    public LedgerTests()
    {
        _signer = FileSigningKey.Create(_folder.File("signing.pem"), "six random words make one");
        _path = _folder.File("ledger");
        FileShredLedger.Create(_path, _signer);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    // Must hold 3: a dump restored from before a shred is unreadable where the ledger is consulted.
    [Fact]
    public async Task Backup_FromBeforeAShred_IsUnreadable_WhereTheLedgerIsConsulted()
    {
        using var operators = new TestNode(configure: cc => cc.UseShredLedger(new FileShredLedger(_path, _signer.Fingerprint, _signer)));
        byte[] value = await operators.EncryptAsync("acme", "x");
        byte[] other = await operators.EncryptAsync("globex", "y");
        var backup = await CopyAsync(operators);
        await operators.Instance.Keys.ShredNowAsync("acme");

        using var without = new TestNode(operators, tables: backup);
        Assert.Equal("x", await without.DecryptAsync("acme", value));
        using var with = new TestNode(operators, tables: await CopyAsync(without), configure: cc => cc.UseShredLedger(new FileShredLedger(_path, _signer.Fingerprint)));
        Assert.Equal(KeyUnavailableReason.Destroyed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => with.DecryptAsync("acme", value))).Reason);
        Assert.Equal("y", await with.DecryptAsync("globex", other));
    }

    [Fact]
    public async Task Ledger_ThatIsMissingOrChanged_LetsNoKeyBeUnwrapped()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        using (var ledger = new FileShredLedger(_path, _signer.Fingerprint, _signer))
        {
            await ledger.AddAsync([Id(1), Id(2), Id(3)], node.Time.GetUtcNow(), default);
            await ledger.AddAsync([Id(2), Id(4)], node.Time.GetUtcNow(), default);
            Assert.True(await ledger.ContainsAsync(Id(4), default));
            Assert.False(await ledger.ContainsAsync(Id(5), default));
        }

        string whole = File.ReadAllText(_path);
        string[] lines = whole.Split('\n');
        Assert.Equal(6, lines.Length);
        string[] changed =
        [
            string.Join('\n', lines[0], lines[2], lines[3], lines[4], ""),
            string.Join('\n', lines[0], lines[1], lines[3], lines[2], lines[4], ""),
            whole.Replace(Id(1).ToString(), Id(9).ToString(), StringComparison.Ordinal),
            whole[..^1],
            whole + "{}\n",
            lines[1] + "\n",
            "",
        ];
        foreach (string content in changed)
        {
            File.WriteAllText(_path, content);
            await RefusesAsync(node, value);
        }

        File.Delete(_path);
        await RefusesAsync(node, value);
        File.WriteAllText(_path, whole);
        using var fine = Reader(node);
        Assert.Equal("x", await fine.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Writer_MendsALineThatWasCutOff_AndAReaderCannotWrite()
    {
        using var ledger = new FileShredLedger(_path, _signer.Fingerprint, _signer);
        await ledger.AddAsync([Id(1)], DateTimeOffset.UnixEpoch, default);
        File.AppendAllText(_path, "{\"keyId\":\"00");
        await ledger.AddAsync([Id(2)], DateTimeOffset.UnixEpoch, default);
        Assert.True(await ledger.ContainsAsync(Id(2), default));
        using var reader = new FileShredLedger(_path, _signer.Fingerprint);
        await Assert.ThrowsAsync<KeyStateException>(() => reader.AddAsync([Id(3)], DateTimeOffset.UnixEpoch, default));
    }

    [Fact]
    public async Task Shred_WhoseLedgerCannotBeWritten_DestroysNothingYet_AndGoesOnLater()
    {
        using var node = new TestNode(configure: cc => cc.UseShredLedger(new FileShredLedger(_path, _signer.Fingerprint, _signer)));
        await node.EncryptAsync("acme", "x");
        File.Move(_path, _path + ".away");
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.ShredNowAsync("acme"));
        Assert.All(await node.Tables.Inventory.ReadKeysOfAsync("acme", default), static key => Assert.NotNull(key.Wraps[0].Wrapped));
        File.Move(_path + ".away", _path);
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.All(await node.Tables.Inventory.ReadKeysOfAsync("acme", default), static key => Assert.Null(key.Wraps[0].Wrapped));
    }

    private async Task RefusesAsync(TestNode node, byte[] value)
    {
        using var reader = Reader(node);
        Assert.Equal(KeyUnavailableReason.Denied, (await Assert.ThrowsAsync<KeyUnavailableException>(() => reader.DecryptAsync("acme", value))).Reason);
    }

    private TestNode Reader(TestNode node) => new(node, configure: cc => cc.UseShredLedger(new FileShredLedger(_path, _signer.Fingerprint)));

    private static KeyId Id(byte first) => new([first, .. new byte[15]]);

    private static async Task<IKeyStore> CopyAsync(TestNode node)
    {
        var copy = new InMemoryKeyStore(node.Time);
        var tenants = await node.Tables.Inventory.ReadTenantsAsync("", 5_000, default);
        var keys = await node.Tables.Inventory.ReadKeysAsync(null, null, 5_000, default);
        await copy.Inventory.RestoreAsync(new StoreRows(tenants, keys, await node.Tables.ReadKeksAsync(default), [], []), default);
        return copy;
    }
}
