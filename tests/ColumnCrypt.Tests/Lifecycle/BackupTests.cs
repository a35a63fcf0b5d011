using System.Text;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-BACKUP-1 SPEC-BACKUP-2
public sealed class BackupTests
{
    [Fact]
    public async Task Restore_OnEmptyTablesWithOnlyTheKek_BringsEveryValueBack_AndRotatesEveryDataKey()
    {
        using var node = new TestNode();
        var values = new Dictionary<string, byte[]>();
        for (int i = 0; i < 30; i++)
        {
            values[$"t{i}"] = await node.EncryptAsync($"t{i}", $"v{i}");
        }

        await node.Instance.Keys.RotateAsync("t1");
        await node.Instance.Keys.ScheduleShredAsync("t2", "test");
        await node.Instance.Keys.ShredNowAsync("t3");
        await node.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(values["t4"], "p"), "test");
        using var backup = new MemoryStream();
        var made = await node.Instance.Keys.BackupAsync(backup);
        Assert.Equal((30, 32), (made.Tenants, made.Keys));
        Assert.Equal(31, made.Keks["test:kek"]);

        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        var info = await restored.Instance.Keys.RestoreAsync(backup, "drill");
        Assert.Equal((made.Tenants, made.Keys, made.AuditEntries), (info.Tenants, info.Keys, info.AuditEntries));
        Assert.True((await restored.Instance.Keys.VerifyAuditAsync()).IsValid);
        foreach (var (tenant, value) in values)
        {
            switch (tenant)
            {
                case "t3":
                    await Assert.ThrowsAsync<TenantShreddedException>(() => restored.DecryptAsync(tenant, value));
                    break;
                case "t2" or "t4":
                    await Assert.ThrowsAsync<KeyUnavailableException>(() => restored.DecryptAsync(tenant, value));
                    break;
                default:
                    Assert.Equal($"v{tenant[1..]}", await restored.DecryptAsync(tenant, value));
                    Assert.NotEqual(ValueFrame.ReadKeyId(value, "p"), ValueFrame.ReadKeyId(await restored.EncryptAsync(tenant, "new"), "p"));
                    break;
            }
        }

        Assert.Equal([KeyState.Deactivated, KeyState.Deactivated, KeyState.Active], (await restored.Instance.Keys.ListKeysAsync("t1")).Select(static key => key.State));
        await Assert.ThrowsAsync<KeyStateException>(() => restored.Instance.Keys.RestoreAsync(backup, "again"));
    }

    [Fact]
    public async Task Backup_ChangedCutOrOfAnotherKek_IsNotRestored_AndNothingIsWritten()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var stream = new MemoryStream();
        await node.Instance.Keys.BackupAsync(stream);
        byte[] whole = stream.ToArray();
        string text = Encoding.UTF8.GetString(whole);
        var random = new Random(3);
        List<byte[]> bad = [whole[..^1], whole[..(whole.Length / 2)], [.. whole, .. "{}\n"u8], [], Encoding.UTF8.GetBytes(string.Join('\n', text.Split('\n').Where(static (_, i) => i != 2)))];
        for (int i = 0; i < 200; i++)
        {
            byte[] changed = [.. whole];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(7));
            bad.Add(changed);
        }

        foreach (byte[] content in bad)
        {
            using var target = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
            using var source = new MemoryStream(content);
            await Assert.ThrowsAnyAsync<ColumnCryptException>(() => target.Instance.Keys.RestoreAsync(source, "test"));
            Assert.Empty((await target.Tables.Inventory.CountAsync(default)).Keys);
        }

        using var other = new TestNode();
        await Assert.ThrowsAsync<KeyUnavailableException>(() => other.Instance.Keys.RestoreAsync(stream, "test"));
    }
}
