using System.Globalization;
using System.Numerics;
using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Ledger;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Shredding;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Tests.Lifecycle;

// What an attacker who writes to the database, a full disk or a killed process can do, and what must hold all the same.
public sealed class AttackTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileSigningKey _signer;
    private readonly string _ledger;

    public AttackTests()
    {
        _signer = FileSigningKey.Create(_folder.File("signing.pem"), "six random words make one");
        _ledger = _folder.File("ledger");
        FileShredLedger.Create(_ledger, _signer);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task LegalHold_StopsTheDestructionOfSingleKeys()
    {
        using var node = new TestNode();
        var id = ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "x"), "p");
        var keys = node.Instance.Keys;
        await keys.HoldAsync("acme", "case 7");
        await keys.SuspendAsync(id, "test");
        await Assert.ThrowsAsync<KeyStateException>(() => keys.DestroyAsync(id, "tidy up"));
    }

    [Fact]
    public async Task TwoWritersOfOneLedger_LeaveItWhole()
    {
        async Task WriteAsync(byte writer)
        {
            using var ledger = new FileShredLedger(_ledger, _signer.Fingerprint, _signer);
            for (byte i = 0; i < 15; i++)
            {
                try
                {
                    await ledger.AddAsync([new KeyId([writer, i, .. new byte[14]])], DateTimeOffset.UnixEpoch, default);
                }
                catch (KeyUnavailableException)
                {
                    // Refusing is honest.
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(1, 4).Select(writer => Task.Run(() => WriteAsync((byte)writer))));
        using var reader = new FileShredLedger(_ledger, _signer.Fingerprint);
        Assert.True(await reader.ContainsAsync(new KeyId([1, 0, .. new byte[14]]), default));
    }

    [Fact]
    public async Task ShredNowOfAScheduledTenant_ThatWasInterrupted_IsFinishedByTheDueJob()
    {
        using var node = new TestNode(configure: cc => cc.UseShredLedger(new FileShredLedger(_ledger, _signer.Fingerprint, _signer)));
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ScheduleShredAsync("acme", "test");
        File.Move(_ledger, _ledger + ".away");
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.ShredNowAsync("acme"));
        File.Move(_ledger + ".away", _ledger);
        await node.Instance.Keys.ShredDueAsync();
        Assert.All(await node.Tables.Inventory.ReadKeysOfAsync("acme", default), static key => Assert.Null(key.Wraps[0].Wrapped));
    }

    [Fact]
    public async Task KeyThatWasSuspendedInABackup_NeverEncryptsAgainAfterTheRestore()
    {
        using var node = new TestNode();
        var id = ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "x"), "p");
        await node.Instance.Keys.SuspendAsync(id, "test");
        using var backup = new MemoryStream();
        await node.Instance.Keys.BackupAsync(backup);
        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        await restored.Instance.Keys.RestoreAsync(backup, "drill");
        await restored.Instance.Keys.ResumeAsync(id, "test");
        Assert.NotEqual(id, ValueFrame.ReadKeyId(await restored.EncryptAsync("acme", "y"), "p"));
    }

    [Fact]
    public async Task KeepThatFailsAnyHow_DoesNotEndTheWorker()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var options = new KeyWorkerOptions { Keep = static (_, _) => throw new HttpRequestException("the object store is down") };
        using var worker = new KeyWorker(node.Instance.Keys, options, node.Time, NullLogger.Instance);
        await worker.RunOnceAsync(default);
    }

    [Fact]
    public async Task KeyInTheLedger_IsNotUnwrappedByARewrap()
    {
        using var keks = new TwoKeks();
        var id = ValueFrame.ReadKeyId(await keks.Node.EncryptAsync("acme", "x"), "p");
        using (var ledger = new FileShredLedger(_ledger, _signer.Fingerprint, _signer))
        {
            await ledger.AddAsync([id], DateTimeOffset.UnixEpoch, default);
        }

        using var operators = new TestNode(keks.Node, configure: cc => cc
            .UseShredLedger(new FileShredLedger(_ledger, _signer.Fingerprint)).AddKekProvider(new ChoosingProvider([keks.Node.Kek.Twin(), keks.New])).AllowKek(keks.New.Id));
        await operators.Instance.Keys.RewrapAsync(new("test:new"));
        Assert.Single((await keks.Node.Tables.Inventory.ReadKeysOfAsync("acme", default)).Single().Wraps);
    }

    [Fact]
    public async Task NoKeyIsMadeUnderAKekThatTheStoreNotesAsDestroyed()
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        var operators = keks.Both().Instance.Keys;
        await operators.RewrapAsync(new("test:new"));
        await operators.RewrapAsync(new("test:new") { Phase = RewrapPhase.Drop, Force = true });
        await operators.RetireKekAsync("test:old", "test");
        await operators.DestroyKekAsync("test:old", keks.Node.Time.GetUtcNow(), "test");

        // The node has not polled yet.
        await Record.ExceptionAsync(() => keks.Node.EncryptAsync("globex", "y"));
        Assert.Equal(0, (await keks.Node.Tables.Inventory.CountDependentsAsync("test:old", default)).Keys);
    }

    [Fact]
    public async Task OneTenantWhoseRowIsBad_KeepsNoOtherDueShredFromBeingDone()
    {
        using var node = new TestNode();
        await node.EncryptAsync("bad", "x");
        await node.EncryptAsync("good", "y");
        await node.Instance.Keys.ScheduleShredAsync("bad", "test", TimeSpan.Zero);
        node.Time.Advance(TimeSpan.FromSeconds(1));
        await node.Instance.Keys.ScheduleShredAsync("good", "test", TimeSpan.Zero);
        node.Store.Rows = static (tenant, rows) => tenant == "bad" ? rows with { Tenant = rows.Tenant! with { KekPolicy = "edited" } } : rows;
        await Record.ExceptionAsync(() => node.Instance.Keys.ShredDueAsync());
        Assert.Equal(TenantState.Shredded, (await node.Instance.Keys.FindTenantAsync("good"))!.State);
    }

    [Fact]
    public async Task Drop_NeverClearsTheLastWrapThatOpens()
    {
        using var keks = new TwoKeks();
        byte[] value = await keks.Node.EncryptAsync("acme", "x");
        var id = ValueFrame.ReadKeyId(value, "p");
        var forged = new WrapRecord { KeyId = id, KekId = "test:new", KekVersion = "", Wrapped = new byte[60], ValidFrom = keks.Node.Time.GetUtcNow(), VerifiedAt = keks.Node.Time.GetUtcNow() };
        var tables = await CopyAsync(keks.Node, keys: key => key.Key.KeyId == id ? key with { Wraps = [.. key.Wraps, forged] } : key);
        using var operators = new TestNode(keks.Node, tables: tables, configure: cc => cc.AddKekProvider(new ChoosingProvider([keks.Node.Kek.Twin(), keks.New])).AllowKek(keks.New.Id));
        var added = await operators.Instance.Keys.RewrapAsync(new("test:new"));
        Assert.Empty(added.Failures);
        await operators.Instance.Keys.RewrapAsync(new("test:new") { Phase = RewrapPhase.Drop, Force = true });
        using var late = new TestNode(keks.Node, tables: tables, configure: cc => cc.AddKekProvider(new ChoosingProvider([keks.Node.Kek.Twin(), keks.New])).AllowKek(keks.New.Id));
        Assert.Equal("x", await late.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task SignatureInItsOtherForm_IsNoOtherCertificate()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ShredNowAsync("acme");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        string signature = ErasureCertificate.Check(text, _signer.Fingerprint).Certificate!.Signature;
        byte[] bytes = Convert.FromBase64String(signature);
        var n = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        byte[] s = (n - new BigInteger(bytes.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        Array.Clear(bytes, 32, 32);
        s.CopyTo(bytes, 64 - s.Length);
        Assert.False(ErasureCertificate.Check(text.Replace(signature, Convert.ToBase64String(bytes), StringComparison.Ordinal), _signer.Fingerprint).IsValid);
    }

    // The history of its wraps under the old KEK is deleted, and so is the entry that says under which KEK the key was made: it was never chained.
    [Fact]
    public async Task Certificate_IsNotBackupProof_WhereTheAuditDoesNotSayUnderWhichKekAKeyWasMade()
    {
        using var keks = new TwoKeks();
        var id = ValueFrame.ReadKeyId(await keks.Node.EncryptAsync("acme", "x"), "p");
        var operators = keks.Both().Instance.Keys;
        await operators.RewrapAsync(new("test:new"));
        await operators.RewrapAsync(new("test:new") { Phase = RewrapPhase.Drop, Force = true });
        await operators.ShredNowAsync("acme");
        await operators.AddKekAsync("test:old", 5, "test");
        var tables = await CopyAsync(
            keks.Node,
            keys: key => key.Key.KeyId == id ? key with { Wraps = [.. key.Wraps.Where(static wrap => wrap.KekId == "test:new")] } : key);
        using var late = new TestNode(keks.Node, tables: tables, configure: cc => cc.AddKekProvider(new ChoosingProvider([keks.Node.Kek.Twin(), keks.New])).AllowKek(keks.New.Id));
        var certificate = ErasureCertificate.Check(await late.Instance.Keys.CertifyShredAsync("acme", _signer), _signer.Fingerprint).Certificate!;
        Assert.Contains(certificate.Keks, static kek => kek.KekId == "test:old");
    }

    [Fact]
    public async Task KekThatDenies_ProvesNothingAboutABackup()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var backup = await CopyAsync(node);
        await node.Instance.Keys.ShredNowAsync("acme");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        node.Kek.Failure = ColumnCrypt.Kek.KekFailure.Denied;
        var verdict = await node.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint, backup);
        Assert.False(verdict.IsValid && verdict.Claims.Any(static claim => claim.StartsWith("Backup: 1 wraps of 1 keys were tried on 1", StringComparison.Ordinal)), string.Join(" | ", verdict.Claims));
    }

    [Fact]
    public async Task ApprovedJob_BeginsAtTheBeginning_WhateverItsRequestSays()
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        var operators = keks.Both();
        var job = await operators.Instance.Keys.EnqueueRewrapAsync(new("test:new"));
        var row = (await operators.Tables.Jobs.FindAsync(job.JobId, default))!;
        await operators.Tables.Jobs.TryUpdateAsync(row with { Cursor = new string('f', 32), Processed = 2, Succeeded = 2, RowVersion = row.RowVersion + 1 }, null, default);
        await operators.Instance.Keys.ApproveJobAsync(job.JobId);
        await operators.Instance.Keys.RunJobsAsync();
        Assert.Equal(2, keks.New.Wraps);
    }

    [Fact]
    public async Task EntriesThatNobodyWrote_KeepNoOtherFromBeingChained()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        for (int i = 0; i < 1_000; i++)
        {
            await node.Tables.Audit.AddAsync(new AuditRecord { AuditId = $"0{i:d6}", At = DateTimeOffset.UnixEpoch, Actor = "dba", Action = "noise", Mac = new byte[32] }, default);
        }

        var checkpoint = await node.Instance.Keys.CheckpointAuditAsync();
        Assert.NotEqual(0, checkpoint.Sequence);
    }

    [Fact]
    public async Task Doctor_SeesThatAShreddedTenantHasComeBack()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var before = await CopyAsync(node);
        await node.Instance.Keys.ShredNowAsync("acme");
        var tenants = await before.Inventory.ReadTenantsAsync("", 100, default);
        var keys = await before.Inventory.ReadKeysAsync(null, null, 100, default);
        var audit = await node.Tables.Audit.ReadAsync(0, 100, default);
        var tables = new InMemoryKeyStore(node.Time);
        await tables.Inventory.RestoreAsync(new StoreRows(tenants, keys, await node.Tables.ReadKeksAsync(default), [], audit), default);
        using var late = new TestNode(node, tables: tables);
        Assert.Contains(await late.Instance.Keys.ExamineAsync(), static finding => finding.Severity == ColumnCrypt.Doctor.Severity.Error);
    }

    [Fact]
    public async Task Claims_SayNothingThatIsNotSo()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var before = await CopyAsync(node);
        await node.Instance.Keys.ShredNowAsync("acme");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        using var restored = new TestNode(node, tables: before);
        var verdict = await restored.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint);
        Assert.DoesNotContain(verdict.Claims, static claim => claim.Contains("no wrap of them", StringComparison.Ordinal));
    }

    [Fact]
    public async Task KeyThatSomebodyMarkedDestroyedInTheTables_IsReportedByARewrap()
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        var operators = keks.Both();
        operators.Store.Pages = static page => [.. page.Select(static key => key.Key.Tenant == "acme" ? key with { Key = key.Key with { State = KeyState.Destroyed } } : key)];
        Assert.Single((await operators.Instance.Keys.RewrapAsync(new("test:new"))).Failures);
    }

    [Fact]
    public async Task ApprovedJob_WhoseCursorIsNone_DoesNotEndTheWorker()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var job = await node.Instance.Keys.EnqueueRewrapAsync(new(node.Kek.Id));
        var row = (await node.Tables.Jobs.FindAsync(job.JobId, default))!;
        await node.Tables.Jobs.TryUpdateAsync(row with { Cursor = "zz", RowVersion = row.RowVersion + 1 }, null, default);
        await node.Instance.Keys.ApproveJobAsync(job.JobId);
        using var worker = new KeyWorker(node.Instance.Keys, new KeyWorkerOptions(), node.Time, NullLogger.Instance);
        await worker.RunOnceAsync(default);
    }

    [Fact]
    public async Task RewrapThatKeepsToItsRate_KeepsItsLease()
    {
        using var keks = new TwoKeks();
        for (int i = 0; i < 12; i++)
        {
            await keks.Node.EncryptAsync($"t{i}", "x");
        }

        var (one, two) = (keks.Both(), keks.Both());
        var running = one.Instance.Keys.RewrapAsync(new("test:new") { BatchSize = 500, MaxPerSecond = 0.05 });
        int taken = 0;
        for (int done = 1; done <= 12; done++)
        {
            await Waiting.UntilAsync(async () => (await two.Instance.Keys.ListJobsAsync()) is [{ Processed: var processed }] && processed >= done);
            await Task.Delay(20, TestContext.Current.CancellationToken);
            keks.Node.Time.Advance(TimeSpan.FromSeconds(20));
            taken += await two.Instance.Keys.RunJobsAsync();
        }

        await Waiting.UntilAsync(() =>
        {
            keks.Node.Time.Advance(TimeSpan.FromSeconds(20));
            return running.IsCompleted;
        });
        await running;
        Assert.Equal(0, taken);
    }

    [Fact]
    public async Task RewrapThatWasDenied_GoesBackToTheKeysThatWereDenied()
    {
        using var keks = new TwoKeks();
        for (int i = 0; i < 20; i++)
        {
            await keks.Node.EncryptAsync($"t{i}", "x");
        }

        var operators = keks.Both();
        keks.New.Failure = ColumnCrypt.Kek.KekFailure.Denied;
        Assert.Equal(JobState.Stopped, (await operators.Instance.Keys.RewrapAsync(new("test:new") { BatchSize = 12 })).Job!.State);
        keks.New.Failure = null;
        var again = await operators.Instance.Keys.RewrapAsync(new("test:new") { BatchSize = 12 });
        Assert.Equal(JobState.Completed, again.Job!.State);
        Assert.Equal(21, (await keks.Node.Tables.Inventory.CountDependentsAsync("test:new", default)).Keys);
    }

    [Fact]
    public async Task LedgerWithASignatureThatIsNoBase64_IsRefusedAsAnyOther()
    {
        using var ledger = new FileShredLedger(_ledger, _signer.Fingerprint, _signer);
        await ledger.AddAsync([new KeyId([1, .. new byte[15]])], DateTimeOffset.UnixEpoch, default);
        string text = File.ReadAllText(_ledger);
        File.WriteAllText(_ledger, text.Replace("\"signature\":\"", "\"signature\":\"!", StringComparison.Ordinal));
        await Assert.ThrowsAsync<KeyUnavailableException>(async () => await ledger.ContainsAsync(new KeyId(new byte[16]), default));
    }

    [Fact]
    public async Task FileThatIsNoLedger_IsNotEmptied()
    {
        string path = _folder.File("precious");
        File.WriteAllText(path, "precious");
        using var ledger = new FileShredLedger(path, _signer.Fingerprint, _signer);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => ledger.AddAsync([new KeyId(new byte[16])], DateTimeOffset.UnixEpoch, default));
        Assert.Equal("precious", File.ReadAllText(path));
    }

    // The application's role may insert such a row.
    [Fact]
    public async Task KekRowThatNobodyWrote_DoesNotEndTheWorker()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ApproveJobAsync((await node.Instance.Keys.EnqueueRewrapAsync(new(node.Kek.Id))).JobId);
        node.Store.Keks = rows => [.. rows, new KekRecord { KekId = "test:evil", State = KekState.Active, Priority = int.MinValue, AddedAt = node.Time.GetUtcNow(), RowVersion = 1, Mac = new byte[32] }];
        using var worker = new KeyWorker(node.Instance.Keys, new KeyWorkerOptions(), node.Time, NullLogger.Instance);
        await worker.RunOnceAsync(default);
    }

    [Fact]
    public async Task RestoreThatWasKilled_CanBeRunAgain_AndIsNotUsedMeanwhile()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("t0", "x");
        for (int i = 1; i < 1_500; i++)
        {
            await node.EncryptAsync($"t{i}", "x");
        }

        using var backup = new MemoryStream();
        await node.Instance.Keys.BackupAsync(backup);
        var tables = new InMemoryKeyStore(node.Time);
        using (var killed = new TestNode(node, tables: tables))
        {
            using var source = new FailsLate(backup.ToArray());
            await Assert.ThrowsAnyAsync<Exception>(() => killed.Instance.Keys.RestoreAsync(source, "drill"));
        }

        Assert.NotEmpty((await tables.Inventory.CountAsync(default)).Tenants);
        using var again = new TestNode(node, tables: tables);
        await again.Instance.Keys.RestoreAsync(backup, "drill");
        Assert.Equal("x", await again.DecryptAsync("t0", value));
    }

    [Fact]
    public async Task BackupProof_IsNotSinceBeforeTheKeysWereDestroyed()
    {
        var certificate = await CertifyAsync(-1_000, knowsTheOldKek: false);
        Assert.True(certificate.BackupProof.IsBackupProof);
        Assert.True(certificate.BackupProof.Since >= certificate.AccessRemovedAt, $"{certificate.BackupProof.Since} {certificate.AccessRemovedAt}");
    }

    [Fact]
    public async Task Certificate_IsNotBackupProof_WhereTheKekThatCountsAsDestroyedAnswersItsIssuer() =>
        Assert.False((await CertifyAsync(0, knowsTheOldKek: true)).BackupProof.IsBackupProof);

    private async Task<ErasureCertificate> CertifyAsync(int finalInDays, bool knowsTheOldKek)
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        await keks.Node.EncryptAsync("globex", "y");
        await keks.Node.Instance.Keys.ShredNowAsync("acme");
        var operators = keks.Both();
        await operators.Instance.Keys.RewrapAsync(new("test:new"));
        await operators.Instance.Keys.RewrapAsync(new("test:new") { Phase = RewrapPhase.Drop, Force = true });
        await operators.Instance.Keys.RetireKekAsync("test:old", "test");
        await operators.Instance.Keys.DestroyKekAsync("test:old", keks.Node.Time.GetUtcNow() + TimeSpan.FromDays(finalInDays), "test");
        var issuer = knowsTheOldKek ? operators : keks.OnlyNew();
        return ErasureCertificate.Check(await issuer.Instance.Keys.CertifyShredAsync("acme", _signer), _signer.Fingerprint).Certificate!;
    }

    // The disk goes away in the second pass.
    private sealed class FailsLate(byte[] content) : MemoryStream(content)
    {
        private int _passes;

        public override long Position
        {
            get => base.Position;
            set
            {
                _passes++;
                base.Position = value;
            }
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _passes >= 2 && base.Position > Length * 4 / 5 ? throw new IOException("the disk has gone away") : base.ReadAsync(buffer, cancellationToken);
    }

    [Fact]
    public async Task WrapThatSomebodyPutsBack_IsFound_ClearedByAnotherShred_AndThenCertified()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var before = Assert.Single(await node.Tables.Inventory.ReadKeysOfAsync("acme", default));
        await node.Instance.Keys.ShredNowAsync("acme");
        using var attacked = new TestNode(node, tables: await CopyAsync(node, key => key.Key.KeyId == before.Key.KeyId ? key with { Wraps = before.Wraps } : key));
        var keys = attacked.Instance.Keys;
        Assert.Contains(await keys.ExamineAsync(), static finding => finding.Code == "wrap.of-destroyed");
        await Assert.ThrowsAsync<KeyStateException>(() => keys.CertifyShredAsync("acme", _signer));

        await keys.ShredNowAsync("acme");
        Assert.True((await keys.VerifyShredAsync(await keys.CertifyShredAsync("acme", _signer), _signer.Fingerprint)).IsValid);
        await Assert.ThrowsAsync<TenantShreddedException>(() => keys.ShredNowAsync("acme"));
    }

    [Fact]
    public async Task ShredOfManyKeys_InParts_DestroysThemAll()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        for (int i = 0; i < 450; i++)
        {
            await node.Instance.Keys.RotateAsync("acme");
            await node.Instance.Keys.CompromiseAsync((await node.Instance.Keys.ListKeysAsync("acme"))[^1].KeyId, "test");
        }

        await node.Instance.Keys.ShredNowAsync("acme");
        var left = await node.Tables.Inventory.ReadKeysOfAsync("acme", default);
        Assert.True(left.Count > 450);
        Assert.All(left, static key => Assert.Equal(KeyState.Destroyed, key.Key.State));
        Assert.All(left.SelectMany(static key => key.Wraps), static wrap => Assert.Null(wrap.Wrapped));
        Assert.Null((await node.Instance.Keys.FindTenantAsync("acme"))!.ShredDueAt);
    }

    private static async Task<IKeyStore> CopyAsync(TestNode node, Func<KeyWithWraps, KeyWithWraps>? keys = null)
    {
        var copy = new InMemoryKeyStore(node.Time);
        var tenants = await node.Tables.Inventory.ReadTenantsAsync("", 5_000, default);
        var rows = await node.Tables.Inventory.ReadKeysAsync(null, null, 5_000, default);
        var audit = await node.Tables.Audit.ReadAsync(0, 5_000, default);
        await copy.Inventory.RestoreAsync(new StoreRows(tenants, [.. rows.Select(keys ?? (static key => key))], await node.Tables.ReadKeksAsync(default), [], audit), default);
        return copy;
    }
}
