using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Store.Tests;

/// <summary>Rows for tests, each of its own key.</summary>
public static class Rows
{
    private static int s_ids;

    public static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    public static TenantRecord Tenant(string tenant) => new()
    {
        Tenant = tenant,
        State = TenantState.Active,
        CreatedAt = Time,
        Generation = 0,
        RowVersion = 1,
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    public static KeyRecord Key(string tenant, int version = 1, KeyState state = KeyState.Active, KeyKind kind = KeyKind.Data)
    {
        var commitment = RandomNumberGenerator.GetBytes(32);
        return new KeyRecord
        {
            KeyId = new KeyId(commitment.AsSpan(0, KeyId.Size)),
            Tenant = tenant,
            Kind = kind,
            Version = version,
            State = state,
            CreatedAt = Time,
            Commitment = commitment,
            RowVersion = 1,
            Mac = RandomNumberGenerator.GetBytes(32),
        };
    }

    public static WrapRecord Wrap(KeyId keyId, string kek = "test:kek", string version = "") => new()
    {
        KeyId = keyId,
        KekId = kek,
        KekVersion = version,
        Wrapped = RandomNumberGenerator.GetBytes(60),
        ValidFrom = Time,
    };

    public static KekRecord Kek(string id = "test:kek") => new()
    {
        KekId = id,
        State = KekState.Active,
        Priority = 0,
        AddedAt = Time,
        RowVersion = 1,
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    public static ColumnRecord Column(string column, string database = "clinic", string table = "patients") => new()
    {
        Database = database,
        Schema = "",
        Table = table,
        Column = column,
        Purpose = $"{table}.{column}",
        Codec = "string",
        KeyColumns = """["Id"]""",
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    public static NewKey NewKey(string tenant, int version = 1, KeyState state = KeyState.Active) => NewKey(Key(tenant, version, state));

    public static NewKey NewKey(KeyRecord key) =>
        new(key.Tenant.Length == 0 ? null : Tenant(key.Tenant), key, [Wrap(key.KeyId)], [Kek()]);

    public static TenantRecord Next(TenantRecord row, long generation) =>
        row with { Generation = generation, RowVersion = row.RowVersion + 1, Mac = RandomNumberGenerator.GetBytes(32) };

    public static KeyRecord Next(KeyRecord row, KeyState state) =>
        row with { State = state, RowVersion = row.RowVersion + 1, Mac = RandomNumberGenerator.GetBytes(32) };

    public static JobRecord Job(JobState state = JobState.Ready) => new()
    {
        JobId = Id(),
        Kind = "rewrap",
        State = state,
        RequestedBy = "operator",
        RequestedAt = Time,
        RowVersion = 1,
        Mac = state == JobState.Requested ? null : RandomNumberGenerator.GetBytes(32),
    };

    public static NodeRecord Node(DateTimeOffset seen) => new()
    {
        NodeId = Id(),
        Name = "host/1",
        StartedAt = Time,
        SeenAt = seen,
        Keks = """["test:kek"]""",
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    /// <summary>An audit entry outside the chain.</summary>
    public static AuditRecord Entry() => new()
    {
        AuditId = Id(),
        At = Time,
        Actor = "host/1",
        Action = "key.create",
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    /// <summary>The next audit entry of the chain.</summary>
    public static AuditRecord Entry(AuditHead head) => Chained(Entry() with { Actor = "operator" }, head);

    public static AuditRecord Chained(AuditRecord entry, AuditHead head) => entry with
    {
        Sequence = head.Sequence + 1,
        PreviousHash = head.Last is { } last ? SHA256.HashData(last.Mac) : new byte[32],
        Mac = RandomNumberGenerator.GetBytes(32),
    };

    /// <summary>An id that is ordered after every earlier one.</summary>
    public static string Id() => Guid.CreateVersion7(Time.AddMilliseconds(Interlocked.Increment(ref s_ids))).ToString("n");
}
