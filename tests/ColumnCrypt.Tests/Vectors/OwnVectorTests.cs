using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Crypto.Aead;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Tests.Vectors;

// Must hold 3: docs/vectors are enough on their own. SPEC-KDF-1 SPEC-KEY-1 SPEC-VAL-1 SPEC-VAL-6 SPEC-WRAP-1 SPEC-ROW-1
public sealed class OwnVectorTests
{
    private static readonly System.Text.Json.JsonElement s_vectors = VectorFile.Own("columncrypt.json");

    [Fact]
    public void Kdf_MeetsTheKnownAnswers() => Assert.Equal(6, VectorChecks.Kdf(s_vectors.GetProperty("kdf")));

    [Fact]
    public void KeyIds_MeetTheKnownAnswers() => Assert.Equal(3, VectorChecks.Keys(s_vectors.GetProperty("keys"), "key"));

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Values_MeetTheKnownAnswers(string provider) => Assert.Equal(6, VectorChecks.Values(s_vectors.GetProperty("values"), Providers.Named(provider)));

    [Fact]
    public void WrapContexts_MeetTheKnownAnswers() => Assert.Equal(3, VectorChecks.WrapContexts(s_vectors.GetProperty("wrapContexts")));

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void RefusedValues_AreRefused(string provider)
    {
        var refused = s_vectors.GetProperty("refused");
        byte[] dek = refused.Hex("dek");
        Assert.Equal(11, refused.GetProperty("cases").GetArrayLength());
        Assert.All(
            refused.GetProperty("cases").EnumerateArray(),
            item => Assert.True(VectorChecks.IsRefused(dek, refused.Text("purpose"), item.Hex("value"), Providers.Named(provider)), item.Text("why")));
    }

    [Fact]
    public void RowMacs_MeetTheKnownAnswers()
    {
        var rows = s_vectors.GetProperty("rows");
        var created = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetProperty("createdAt").GetInt64());
        var activated = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetProperty("activatedAt").GetInt64());
        byte[] commitment = Kdf.Commitment(rows.Hex("key"));
        using var mac = new RowMacKey(new SecretMemory(0, static _ => { }), rows.Hex("installationKey"));
        var authenticator = new RowAuthenticator(mac, NullLogger.Instance);

        Assert.Equal(rows.Hex("tenantRow"), authenticator.Sign(new TenantRecord
        {
            Tenant = "Ünïcode", State = TenantState.Active, Hold = "audit", CreatedAt = created, Generation = 7, RowVersion = 3,
        }).Mac);
        Assert.Equal(rows.Hex("keyRow"), authenticator.Sign(new KeyRecord
        {
            KeyId = new KeyId(commitment.AsSpan(0, 16)), Tenant = "Ünïcode", Kind = KeyKind.Data, Version = 2, State = KeyState.Active,
            CreatedAt = created, ActivatedAt = activated, Commitment = commitment, ReservedUses = 1024, RowVersion = 3,
        }).Mac);
        Assert.Equal(rows.Hex("kekRow"), authenticator.Sign(new KekRecord
        {
            KekId = "file:kek.json", State = KekState.Active, Priority = 0, AddedAt = created, RowVersion = 1,
        }).Mac);
        Assert.Equal(rows.Hex("columnRow"), authenticator.Sign(new ColumnRecord
        {
            Database = "clinic", Schema = "public", Table = "Patients", Column = "Ssn", Purpose = "patient.ssn", Codec = "text",
            KeyColumns = "[\"Id\"]", IndexColumns = "[]", RowVersion = 1,
        }).Mac);
        Assert.Equal(rows.Hex("jobRow"), authenticator.Sign(new JobRecord
        {
            JobId = Id('1'), Kind = "rewrap", Target = """{"to":"file:new.json"}""", State = JobState.Running, Processed = 10, Succeeded = 9, Failed = 1,
            LeaseOwner = "node/1", LeaseUntil = activated, FencingToken = 2, RequestedBy = "operator", RequestedAt = created, RowVersion = 4,
        }).Mac);
        Assert.Equal(rows.Hex("nodeRow"), authenticator.Sign(new NodeRecord
        {
            NodeId = Id('2'), Name = "node/1", StartedAt = created, SeenAt = activated, Keks = """["file:kek.json"]""",
        }).Mac);
    }

    // SPEC-ROW-6
    [Fact]
    public void AuditRows_MeetTheKnownAnswers()
    {
        var rows = s_vectors.GetProperty("rows");
        using var key = new AuditKey(new SecretMemory(0, static _ => { }), rows.Hex("installationKey"));
        var entry = key.Sign(new AuditRecord
        {
            AuditId = Id('a'), At = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetProperty("createdAt").GetInt64()), Actor = "node/1", Action = "key.create",
            Tenant = "Ünïcode", KeyId = new KeyId(Kdf.Commitment(rows.Hex("key")).AsSpan(0, 16)),
        });
        Assert.Equal(rows.Hex("unchainedAuditRow"), entry.Mac);
        Assert.True(key.IsValid(entry));

        var chained = entry with { Sequence = 1, PreviousHash = new byte[32] };
        Assert.False(key.IsValid(chained));
        chained = key.Sign(chained);
        Assert.Equal(rows.Hex("auditRow"), chained.Mac);
        Assert.Equal(rows.Hex("auditHash"), AuditKey.Hash(chained));
    }

    [Fact]
    public void OperatorRows_WhenAFieldIsChanged_AreNotValid()
    {
        using var mac = new RowMacKey(new SecretMemory(0, static _ => { }), new byte[32]);
        using var audit = new AuditKey(new SecretMemory(0, static _ => { }), new byte[32]);
        var rows = new RowAuthenticator(mac, NullLogger.Instance);
        var now = DateTimeOffset.UnixEpoch;
        var job = rows.Sign(new JobRecord { JobId = "1", Kind = "rewrap", State = JobState.Ready, RequestedBy = "x", RequestedAt = now, RowVersion = 1 });
        var node = rows.Sign(new NodeRecord { NodeId = "1", Name = "x", StartedAt = now, SeenAt = now, Keks = "[]" });
        var entry = audit.Sign(new AuditRecord { AuditId = "1", At = now, Actor = "x", Action = "x" });
        Assert.True(rows.IsValid(job) && rows.IsValid(node) && audit.IsValid(entry));

        JobRecord[] jobs =
        [
            job with { JobId = "2" }, job with { Kind = "shred" }, job with { Target = "" }, job with { State = JobState.Requested }, job with { Cursor = "" },
            job with { Processed = 1 }, job with { Succeeded = 1 }, job with { Failed = 1 }, job with { LeaseOwner = "" }, job with { LeaseUntil = now },
            job with { FencingToken = 1 }, job with { RequestedBy = "" }, job with { RequestedAt = now.AddMilliseconds(1) }, job with { RowVersion = 2 },
            job with { Mac = null }, job with { Mac = [] },
        ];
        NodeRecord[] nodes =
        [
            node with { NodeId = "2" }, node with { Name = "" }, node with { StartedAt = now.AddMilliseconds(1) }, node with { SeenAt = now.AddMilliseconds(1) },
            node with { Keks = "" }, node with { Mac = [] },
        ];
        AuditRecord[] entries =
        [
            entry with { AuditId = "2" }, entry with { Sequence = 1 }, entry with { At = now.AddMilliseconds(1) }, entry with { Actor = "" }, entry with { Action = "" },
            entry with { Tenant = "" }, entry with { KeyId = default(KeyId) }, entry with { Detail = "" }, entry with { PreviousHash = new byte[32] }, entry with { Mac = [] },
        ];
        Assert.All(jobs, changed => Assert.False(rows.IsValid(changed)));
        Assert.All(nodes, changed => Assert.False(rows.IsValid(changed)));
        Assert.All(entries, changed => Assert.False(audit.IsValid(changed)));
    }

    private static string Id(char last) => new string('0', 31) + last;
}
