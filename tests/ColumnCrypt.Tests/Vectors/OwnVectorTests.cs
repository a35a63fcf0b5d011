using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
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

    [Fact]
    public void Values_MeetTheKnownAnswers() => Assert.Equal(6, VectorChecks.Values(s_vectors.GetProperty("values")));

    [Fact]
    public void WrapContexts_MeetTheKnownAnswers() => Assert.Equal(3, VectorChecks.WrapContexts(s_vectors.GetProperty("wrapContexts")));

    [Fact]
    public void RefusedValues_AreRefused()
    {
        var refused = s_vectors.GetProperty("refused");
        byte[] dek = refused.Hex("dek");
        Assert.Equal(11, refused.GetProperty("cases").GetArrayLength());
        Assert.All(
            refused.GetProperty("cases").EnumerateArray(),
            item => Assert.True(VectorChecks.IsRefused(dek, refused.Text("purpose"), item.Hex("value")), item.Text("why")));
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
    }
}
