namespace ColumnCrypt.Metadata;

/// <summary>A row of <c>columncrypt_tenant</c>. Times have millisecond precision, UTC.</summary>
public sealed record TenantRecord
{
    /// <summary>The tenant id: 1 to 200 bytes of UTF-8, compared byte by byte. "" only in the context of keys of no tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>The state.</summary>
    public required TenantState State { get; init; }

    /// <summary>The KEK policy of the tenant, or null for the application's.</summary>
    public string? KekPolicy { get; init; }

    /// <summary>The reason of a legal hold, or null where there is none.</summary>
    public string? Hold { get; init; }

    /// <summary>When the tenant was first seen.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a shred was scheduled.</summary>
    public DateTimeOffset? ShredScheduledAt { get; init; }

    /// <summary>When a scheduled shred is due.</summary>
    public DateTimeOffset? ShredDueAt { get; init; }

    /// <summary>When the keys were destroyed.</summary>
    public DateTimeOffset? ShreddedAt { get; init; }

    /// <summary>The generation of the store at the last change of this tenant or of one of its keys.</summary>
    public required long Generation { get; init; }

    /// <summary>Counts the changes of this row, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field above: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
