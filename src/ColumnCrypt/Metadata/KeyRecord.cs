using ColumnCrypt.Format;

namespace ColumnCrypt.Metadata;

/// <summary>A row of <c>columncrypt_key</c>. Times have millisecond precision, UTC.</summary>
public sealed record KeyRecord
{
    /// <summary>The id: the first 16 bytes of <see cref="Commitment"/>.</summary>
    public required KeyId KeyId { get; init; }

    /// <summary>The tenant, or "" for a key of no tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>What the key is for.</summary>
    public required KeyKind Kind { get; init; }

    /// <summary>The version within (tenant, kind), from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The state.</summary>
    public required KeyState State { get; init; }

    /// <summary>When the key was made (entered PreActive).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the key became Active.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>When the key became Deactivated.</summary>
    public DateTimeOffset? DeactivatedAt { get; init; }

    /// <summary>When the key became Suspended.</summary>
    public DateTimeOffset? SuspendedAt { get; init; }

    /// <summary>When the key became Compromised.</summary>
    public DateTimeOffset? CompromisedAt { get; init; }

    /// <summary>When the key became Destroyed.</summary>
    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>The commitment to the key: 32 bytes (docs/SPEC.md, section 3).</summary>
    public required byte[] Commitment { get; init; }

    /// <summary>How many uses nodes have reserved so far. The one field that <see cref="Mac"/> does not cover.</summary>
    public long ReservedUses { get; init; }

    /// <summary>Counts the changes of this row, from 1, reservations aside.</summary>
    public required long RowVersion { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field but <see cref="ReservedUses"/>: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
