using ColumnCrypt.Doctor;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

public sealed class DoctorTests
{
    [Fact]
    public async Task HealthyStore_HasNotesOnly_AndNamesTheKekThatABackupNeeds()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var findings = await node.Instance.Keys.ExamineAsync(Samples(value));
        Assert.All(findings, static finding => Assert.Equal(Severity.Note, finding.Severity));
        Assert.Contains(findings, static finding => finding.Code == "kek.needed:test:kek" && finding.Count == 2);
        Assert.Contains(findings, static finding => finding.Code == "wrap.single");
    }

    [Fact]
    public async Task Store_ThatSomebodyMeddledWith_IsFoundOut()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        await node.EncryptAsync("initech", "z");
        await node.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        await node.Instance.Keys.ScheduleShredAsync("initech", "test", TimeSpan.Zero);
        node.Store.Pages = page => [.. page.Select(key => key.Key.Tenant switch
        {
            "acme" => key with { Key = key.Key with { State = KeyState.Active } },
            "globex" => key with { Wraps = [], Tenant = null },
            _ => key,
        })];
        var codes = await CodesAsync(node, Samples([1, 2, 3], [0xC1, .. new byte[60]]));
        Assert.Superset(new HashSet<string> { "row.tampered", "key.orphaned", "key.audit-differs", "wrap.missing", "shred.due", "sample.not-encrypted", "sample.key-unknown" }, codes);
    }

    [Fact]
    public async Task Keys_NearTheirEnds_AreFound()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.RotateAtUses, bounds.UseLimit, bounds.RotateAtCryptoperiod) = (1_100, 4_096, false));
        await node.EncryptAsync("acme", "x");
        node.Time.Advance(TimeSpan.FromDays(366));
        Assert.Superset(new HashSet<string> { "key.expired", "key.near-budget" }, await CodesAsync(node, null));
    }

    [Fact]
    public async Task Kek_ThatIsWeak_OrExpires_IsFound()
    {
        using var escrow = new EscrowFile();
        using var folder = new TempFolder();
        using var weak = RsaCertificates.Create(bits: 2_048);
        weak.WritePublic(folder.File("weak.pem"));
        using var first = new TestNode();
        escrow.Replace(notAfter: first.Time.GetUtcNow().AddDays(31));
        using var node = new TestNode(first, configure: cc => cc.EscrowTo(escrow.Uri).EscrowTo("x509:" + folder.File("weak.pem"), static kek => kek.AllowWeakKek = true));
        await node.EncryptAsync("acme", "x");
        var codes = await CodesAsync(node, null);
        Assert.Contains("kek.weak", codes);
        Assert.DoesNotContain(codes, static code => code.StartsWith("kek.expir", StringComparison.Ordinal));
        node.Time.Advance(TimeSpan.FromDays(2));
        Assert.Contains("kek.expiring", await CodesAsync(node, null));
        node.Time.Advance(TimeSpan.FromDays(30));
        Assert.Contains("kek.expired", await CodesAsync(node, null));
    }

    [Fact]
    public async Task Kek_WhoseOlderRowWasPutBack_IsFoundByTheAudit()
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        var operators = keks.Both();
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions("test:new"));
        var before = await operators.Tables.ReadKeksAsync(default);
        await operators.Instance.Keys.RetireKekAsync("test:old", "test");
        Assert.DoesNotContain("kek.audit-differs", await CodesAsync(operators, null));

        // A process that has seen the newer row refuses this one; one that begins now takes it.
        var later = keks.Both();
        later.Store.Keks = _ => before;
        Assert.Contains("kek.audit-differs", await CodesAsync(later, null));
        await operators.Instance.Keys.AddKekAsync("test:old", 5, "test");
        Assert.DoesNotContain("kek.audit-differs", await CodesAsync(operators, null));
    }

    [Theory]
    [InlineData("""{"state":"dual","new":1}""", true, "adoption.unreadable")]
    [InlineData("nothing of the kind", true, "adoption.unreadable")]
    [InlineData("""{"state":"encrypted","plain":"ssn"}""", false, "row.tampered")]
    public async Task Column_WhoseRowCannotBeReadOrTrusted_IsNamed_AndTheRestIsExaminedToo(string adoption, bool isSigned, string code)
    {
        using var node = new TestNode();
        var column = new ColumnRecord
        {
            Database = "clinic", Schema = "", Table = "Patients", Column = "ssn_encrypted", Purpose = "patient.ssn", Codec = "text", KeyColumns = "[\"Id\"]",
            Adoption = new ColumnAdoption { PlainColumn = "ssn" }.ToJson(),
        };
        await node.Instance.RegisterColumnsAsync("acme", "clinic", [column], TestContext.Current.CancellationToken);
        using var held = await node.Instance.AcquireRingAsync("acme", 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        var row = Assert.Single(await node.Tables.ReadColumnsAsync("clinic", default)) with { Adoption = adoption, RowVersion = 2 };
        Assert.True(await node.Tables.TryWriteColumnsAsync([isSigned ? rows.Sign(row) : row], null, default));

        var findings = await node.Instance.Keys.ExamineAsync();
        var found = findings.Single(finding => finding.Code == code);
        Assert.Equal(Severity.Error, found.Severity);
        Assert.Contains("Patients.ssn_encrypted", found.Message, StringComparison.Ordinal);
        Assert.Contains(findings, static finding => finding.Code == "wrap.single");
    }

    [Fact]
    public async Task Job_ThatWasWithdrawnAndIsBack_IsFoundByTheAudit()
    {
        using var keks = new TwoKeks();
        await keks.Node.EncryptAsync("acme", "x");
        var operators = keks.Both();
        var job = await operators.Instance.Keys.AddRewrapJobAsync(new RewrapOptions("test:new"));
        var before = (await operators.Tables.Jobs.FindAsync(job.JobId, default))!;
        await operators.Instance.Keys.CancelJobAsync(job.JobId);
        Assert.DoesNotContain("job.came-back", await CodesAsync(operators, null));
        Assert.True(await operators.Tables.Jobs.TryUpdateAsync(before with { RowVersion = 3 }, null, default));
        Assert.Contains("row.tampered", await CodesAsync(operators, null));

        using var held = await operators.Instance.AcquireRingAsync("acme", 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        Assert.True(await operators.Tables.Jobs.TryUpdateAsync(rows.Sign(before with { RowVersion = 4 }), null, default));
        Assert.Contains("job.came-back", await CodesAsync(operators, null));
    }

    [Fact]
    public async Task Key_WhoseRowIsGone_IsFoundByTheAudit()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        await node.Instance.Keys.CheckpointAuditAsync();
        node.Store.Pages = static page => [.. page.Where(static key => key.Key.Tenant != "acme")];
        Assert.Contains("key.missing", await CodesAsync(node, null));
    }

    private static async Task<HashSet<string>> CodesAsync(TestNode node, IAsyncEnumerable<byte[]>? samples) =>
        [.. (await node.Instance.Keys.ExamineAsync(samples)).Select(static finding => finding.Code)];

    private static async IAsyncEnumerable<byte[]> Samples(params byte[][] values)
    {
        await Task.Yield();
        foreach (byte[] value in values)
        {
            yield return value;
        }
    }
}
