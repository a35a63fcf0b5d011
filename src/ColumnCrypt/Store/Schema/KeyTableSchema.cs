using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using static ColumnCrypt.Store.Schema.KeyColumnType;

namespace ColumnCrypt.Store.Schema;

/// <summary>
/// The key tables (docs/SPEC.md, section 7), described once: the stores' scripts and EF Core migrations are made from this. Names are
/// lower case; every table has a primary key. There are no foreign keys: macs, not references, bind rows together.
/// </summary>
public static class KeyTableSchema
{
    /// <summary>The version that <c>columncrypt_schema</c> holds for these tables.</summary>
    public const int Version = 1;

    /// <summary>The only value of the primary key of <c>columncrypt_schema</c>.</summary>
    public const int SchemaRow = 1;

    /// <summary>The key of the advisory lock for which those who create the tables queue, where the database has such locks.</summary>
    public const long CreateLock = 0x436F6C43727970;

    private const int MacSize = 32;

    /// <summary>One row: the version of the tables and the generation counter.</summary>
    public static KeyTable Schema { get; } = new(
        "columncrypt_schema",
        [
            Required("id", Int, $"id = {SchemaRow}"),
            Counted("version", Int, 1),
            Counted("generation", Long, 0),
        ],
        ["id"],
        []);

    /// <summary>Tenants: <see cref="TenantRecord"/>.</summary>
    public static KeyTable Tenant { get; } = new(
        "columncrypt_tenant",
        [
            Required("tenant", Id, $"length(tenant) BETWEEN 1 AND {TenantId.MaxBytes}"),
            Named("state", Enum.GetNames<TenantState>()),
            Optional("kek_policy", Text),
            Optional("hold", Text),
            Required("created_at", Time),
            Optional("shred_scheduled_at", Time),
            Optional("shred_due_at", Time),
            Optional("shredded_at", Time),
            Counted("generation", Long, 0),
            Counted("row_version", Long, 1),
            Sized("mac", MacSize),
        ],
        ["tenant"],
        [
            new("columncrypt_tenant_generation", ["generation", "tenant"], IsUnique: false),
            new("columncrypt_tenant_shred_due", ["shred_due_at", "tenant"], IsUnique: false, "shred_due_at IS NOT NULL"),
        ]);

    /// <summary>Keys: <see cref="KeyRecord"/>. The unique index over (tenant, kind, version) also finds the keys of a tenant.</summary>
    public static KeyTable Key { get; } = new(
        "columncrypt_key",
        [
            Sized("key_id", KeyId.Size),
            Required("tenant", Id, $"length(tenant) <= {TenantId.MaxBytes}"),
            Named("kind", [.. Enum.GetValues<KeyKind>().Select(KeyKindNames.NameOf)]),
            Counted("version", Int, 1),
            Named("state", Enum.GetNames<KeyState>()),
            Required("created_at", Time),
            Optional("activated_at", Time),
            Optional("deactivated_at", Time),
            Optional("suspended_at", Time),
            Optional("compromised_at", Time),
            Optional("destroyed_at", Time),
            Sized("commitment", 32),
            Counted("reserved_uses", Long, 0),
            Counted("row_version", Long, 1),
            Sized("mac", MacSize),
        ],
        ["key_id"],
        [
            new("columncrypt_key_version", ["tenant", "kind", "version"], IsUnique: true),
            new("columncrypt_key_one_active_data", ["tenant"], IsUnique: true, "kind = 'data' AND state = 'Active'"),
            new("columncrypt_key_one_active_installation", ["kind"], IsUnique: true, "kind = 'installation' AND state = 'Active'"),
        ]);

    /// <summary>Wraps: <see cref="WrapRecord"/>.</summary>
    public static KeyTable Wrap { get; } = new(
        "columncrypt_wrap",
        [
            Sized("key_id", KeyId.Size),
            Required("kek_id", Id),
            Required("kek_version", Id),
            Optional("wrapped", Bytes),
            Required("valid_from", Time),
            Optional("valid_to", Time),
            Optional("verified_at", Time),
        ],
        ["key_id", "kek_id", "kek_version"],
        [new("columncrypt_wrap_live", ["kek_id", "key_id"], IsUnique: false, "wrapped IS NOT NULL")]);

    /// <summary>KEKs: <see cref="KekRecord"/>.</summary>
    public static KeyTable Kek { get; } = new(
        "columncrypt_kek",
        [
            Required("kek_id", Id),
            Named("state", Enum.GetNames<KekState>()),
            Required("priority", Int),
            Required("added_at", Time),
            Optional("retired_at", Time),
            Optional("destroyed_at", Time),
            Counted("row_version", Long, 1),
            Sized("mac", MacSize),
        ],
        ["kek_id"],
        []);

    /// <summary>Jobs: <see cref="JobRecord"/>. One that was only requested has no mac yet.</summary>
    public static KeyTable Job { get; } = new(
        "columncrypt_job",
        [
            Required("job_id", Id),
            Required("kind", Id),
            Optional("target", Text),
            Named("state", Enum.GetNames<JobState>()),
            Optional("cursor", Text),
            Counted("processed", Long, 0),
            Counted("succeeded", Long, 0),
            Counted("failed", Long, 0),
            Optional("lease_owner", Text),
            Optional("lease_until", Time),
            Counted("fencing_token", Long, 0),
            Required("requested_by", Text),
            Required("requested_at", Time),
            Counted("row_version", Long, 1),
            Optional("mac", Bytes, $"length(mac) = {MacSize}"),
        ],
        ["job_id"],
        []);

    /// <summary>The audit: <see cref="AuditRecord"/>. An entry that is not chained yet has no sequence number and no previous hash.</summary>
    public static KeyTable Audit { get; } = new(
        "columncrypt_audit",
        [
            Required("audit_id", Id),
            Optional("sequence", Long, "sequence >= 1"),
            Required("at", Time),
            Required("actor", Text),
            Required("action", Id),
            Optional("tenant", Id),
            Optional("key_id", Bytes, $"length(key_id) = {KeyId.Size}"),
            Optional("detail", Text),
            Optional("previous_hash", Bytes, "length(previous_hash) = 32"),
            Sized("mac", MacSize),
        ],
        ["audit_id"],
        [
            new("columncrypt_audit_sequence", ["sequence"], IsUnique: true),
            new("columncrypt_audit_unchained", ["audit_id"], IsUnique: false, "sequence IS NULL"),
        ]);

    /// <summary>The nodes that run: <see cref="NodeRecord"/>.</summary>
    public static KeyTable Node { get; } = new(
        "columncrypt_node",
        [
            Required("node_id", Id),
            Required("name", Text),
            Required("started_at", Time),
            Required("seen_at", Time),
            Required("keks", Text),
            Sized("mac", MacSize),
        ],
        ["node_id"],
        [new("columncrypt_node_seen", ["seen_at"], IsUnique: false)]);

    /// <summary>The manifest: <see cref="ColumnRecord"/>.</summary>
    public static KeyTable Column { get; } = new(
        "columncrypt_column",
        [
            Required("database_name", Id),
            Required("schema_name", Id),
            Required("table_name", Id),
            Required("column_name", Id),
            Required("purpose", Id),
            Required("codec", Id),
            Required("key_columns", Text),
            Required("index_columns", Text),
            Counted("index_version", Int, 0),
            Counted("row_version", Long, 1),
            Sized("mac", MacSize),
            Added("adoption", Text, ""),
        ],
        ["database_name", "schema_name", "table_name", "column_name"],
        []);

    /// <summary>All tables, in the order in which they are made.</summary>
    public static IReadOnlyList<KeyTable> Tables { get; } = [Schema, Tenant, Key, Wrap, Kek, Job, Audit, Column, Node];

    /// <summary>The statement that writes the version where there is none.</summary>
    /// <param name="schemaTable">The qualified, quoted name of <see cref="Schema"/>.</param>
    public static string InsertVersion(string schemaTable) => string.Create(
        CultureInfo.InvariantCulture,
        $"""INSERT INTO {schemaTable} ("id", "version", "generation") VALUES ({SchemaRow}, {Version}, 0) ON CONFLICT DO NOTHING""");

    private static KeyColumn Required(string name, KeyColumnType type, string? check = null) => new(name, type, IsNullable: false, check);

    // Rows that were there before it have the default.
    private static KeyColumn Added(string name, KeyColumnType type, string @default) => new(name, type, IsNullable: false, null) { Default = @default };

    private static KeyColumn Optional(string name, KeyColumnType type, string? check = null) => new(name, type, IsNullable: true, check);

    private static KeyColumn Sized(string name, int bytes) => Required(name, Bytes, $"length({name}) = {bytes}");

    private static KeyColumn Counted(string name, KeyColumnType type, int from) => Required(name, type, $"{name} >= {from}");

    private static KeyColumn Named(string name, string[] names) => Required(name, Id, $"{name} IN ('{string.Join("', '", names)}')");
}
