using System.Text;
using ColumnCrypt.Backup;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
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

    // A restore puts back the states of the backup: somebody has to compare them with the steps that were taken since.
    [Fact]
    public async Task Restore_NamesTheAdoptedColumns_InTheStatesOfTheBackup()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var adopted = Column("ssn_encrypted", new ColumnAdoption { PlainColumn = "ssn" }.ToJson());
        await RegisterAsync(node, Column("name"), adopted);
        using var backup = new MemoryStream();
        var made = Assert.Single((await node.Instance.Keys.BackupAsync(backup)).Adopted);
        Assert.Equal(new BackedUpAdoption("clinic", "Patients.ssn_encrypted", AdoptionState.Dual), made);

        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        Assert.Equal([made], (await restored.Instance.Keys.RestoreAsync(backup, "drill")).Adopted);
        await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(restored, Column("name"), Column("ssn_encrypted")));
    }

    private static Task RegisterAsync(TestNode node, params ColumnRecord[] columns) =>
        node.Instance.RegisterColumnsAsync("acme", "clinic", columns, TestContext.Current.CancellationToken).AsTask();

    private static ColumnRecord Column(string column, string adoption = "") => new()
    {
        Database = "clinic", Schema = "", Table = "Patients", Column = column, Purpose = $"patient.{column}", Codec = "text", KeyColumns = "[\"Id\"]", Adoption = adoption,
    };

    [Fact]
    public async Task Backup_HoldsEntriesThatWaitToBeChained_AndARestoreChainsThem()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var backup = new MemoryStream();
        await node.Instance.Keys.BackupAsync(backup);
        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        await restored.Instance.Keys.RestoreAsync(backup, "drill");

        var actions = (await restored.Tables.Audit.ReadAsync(0, 100, default)).Select(static entry => entry.Action).ToList();
        Assert.Contains("key.create", actions);
        Assert.Contains("installation.create", actions);
        Assert.Empty(await restored.Tables.Audit.ReadUnchainedAsync("", 100, default));
        Assert.True((await restored.Instance.Keys.VerifyAuditAsync()).IsValid);
        Assert.True(await restored.Tables.ReadGenerationAsync(default) >= 1_000_000);
        Assert.Equal(["acme"], await restored.Tables.ReadChangedTenantsAsync(999_999, default));
    }

    [Fact]
    public async Task Backup_BesideAShred_BeginsAgain()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        int pages = 0;
        node.Store.Pages = page =>
        {
            if (pages++ == 0)
            {
                node.Instance.Keys.ShredNowAsync("acme").GetAwaiter().GetResult();
                page = [.. node.Tables.Inventory.ReadKeysAsync(null, null, 100, default).GetAwaiter().GetResult()];
            }

            return page;
        };
        using var backup = new ForwardOnly();
        var info = await node.Instance.Keys.BackupAsync(backup);

        using var source = new MemoryStream(backup.ToArray());
        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        Assert.Equal(info.Keys, (await restored.Instance.Keys.RestoreAsync(source, "drill")).Keys);
        Assert.Equal(TenantState.Shredded, (await restored.Instance.Keys.FindTenantAsync("acme"))!.State);
    }

    [Fact]
    public async Task RestoreThatWasInterrupted_IsCompletedByTheSameBackupAlone_AndNobodyMakesAnInstallationKeyMeanwhile()
    {
        using var node = new TestNode();
        for (int i = 0; i < 1_200; i++)
        {
            await node.EncryptAsync($"t{i}", "x");
        }

        using var backup = new MemoryStream();
        using var later = new MemoryStream();
        await node.Instance.Keys.BackupAsync(backup);
        await node.EncryptAsync("late", "y");
        await node.Instance.Keys.BackupAsync(later);
        var tables = new InMemoryKeyStore(node.Time);
        using (var first = new TestNode(node, tables: tables))
        using (var source = new TwoFaced(backup.ToArray(), null))
        {
            await Assert.ThrowsAsync<IOException>(() => first.Instance.Keys.RestoreAsync(source, "drill"));
        }

        using var other = new TestNode(node, tables: tables);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => other.EncryptAsync("new", "x"));
        await Assert.ThrowsAsync<KeyStateException>(() => other.Instance.Keys.RestoreAsync(later, "drill"));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => other.Instance.Keys.InitAsync());
        await other.Instance.Keys.RestoreAsync(backup, "again");
        Assert.Equal(1_201, (await other.Instance.Keys.GetStatusAsync()).Counts.Keys.Values.Sum());
        Assert.True((await other.Instance.Keys.VerifyAuditAsync()).IsValid);
    }

    [Fact]
    public async Task BackupThatChangesBetweenThePasses_IsNeverUsed()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var one = new MemoryStream();
        using var two = new MemoryStream();
        await node.Instance.Keys.BackupAsync(one);
        await node.EncryptAsync("globex", "y");
        await node.Instance.Keys.BackupAsync(two);
        var tables = new InMemoryKeyStore(node.Time);
        using var target = new TestNode(node, tables: tables);
        using var source = new TwoFaced(one.ToArray(), two.ToArray());

        var error = await Assert.ThrowsAnyAsync<ColumnCryptException>(() => target.Instance.Keys.RestoreAsync(source, "drill"));
        Assert.Contains("changed while", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain((await tables.Inventory.CountAsync(default)).Keys.Keys, static key => key.Kind == KeyKind.Installation);
        await Assert.ThrowsAsync<KeyStateException>(() => target.Instance.Keys.RestoreAsync(one, "again"));
        await Assert.ThrowsAsync<KeyStateException>(() => target.Instance.Keys.RestoreAsync(two, "again"));
    }

    // Gives another content from its second pass on, or none after three quarters.
    private sealed class TwoFaced(byte[] first, byte[]? then) : Stream
    {
        private byte[] _content = [];
        private int _passes;
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => _content.Length;

        public override long Position
        {
            get => _at;
            set
            {
                _content = _passes++ == 0 ? first : then ?? first;
                _at = (int)value;
            }
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (then is null && _passes > 1 && _at > _content.Length * 3 / 4)
            {
                throw new IOException("the disk has gone away");
            }

            int size = Math.Min(count, _content.Length - _at);
            _content.AsSpan(_at, size).CopyTo(buffer.AsSpan(offset));
            _at += size;
            return size;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class ForwardOnly : MemoryStream
    {
        public override bool CanSeek => false;
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
