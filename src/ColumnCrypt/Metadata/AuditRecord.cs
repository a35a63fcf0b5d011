using ColumnCrypt.Format;

namespace ColumnCrypt.Metadata;

/// <summary>
/// A row of <c>columncrypt_audit</c>: what was done, by whom and why, without data or key bytes. An entry that an application node
/// wrote stands outside the chain until an operator's next verb chains it. Times have millisecond precision, UTC.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>The id: a version 7 UUID (RFC 9562), 32 hex digits.</summary>
    public required string AuditId { get; init; }

    /// <summary>The place in the chain, from 1 without gaps; null while the entry is not chained.</summary>
    public long? Sequence { get; init; }

    /// <summary>When it was done.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it: an operator, or the name of a node.</summary>
    public required string Actor { get; init; }

    /// <summary>What was done, in lower case: <c>key.suspend</c>, <c>rewrap.batch</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The tenant, or null.</summary>
    public string? Tenant { get; init; }

    /// <summary>The key, or null.</summary>
    public KeyId? KeyId { get; init; }

    /// <summary>The reason given, and figures; or null.</summary>
    public string? Detail { get; init; }

    /// <summary>SHA-256 of the entry before, its mac included: 32 bytes; 32 zero bytes for the first. Null while the entry is not chained.</summary>
    public byte[]? PreviousHash { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's audit subkey over every field above: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
