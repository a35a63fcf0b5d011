namespace ColumnCrypt.Metadata;

/// <summary>
/// A row of <c>columncrypt_job</c>: a piece of resumable work over many keys. Whoever holds its lease works on it; the fencing token
/// grows with each lease, so that a holder that slept too long can write nothing more. Times have millisecond precision, UTC.
/// </summary>
public sealed record JobRecord
{
    /// <summary>The id: a version 7 UUID (RFC 9562), 32 hex digits.</summary>
    public required string JobId { get; init; }

    /// <summary>What is done: <c>rewrap</c>, <c>shred</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is done to: parameters as JSON, in the shape that the kind defines.</summary>
    public string? Target { get; init; }

    /// <summary>The state.</summary>
    public required JobState State { get; init; }

    /// <summary>How far it has come: opaque but to the kind; null before the first record.</summary>
    public string? Cursor { get; init; }

    /// <summary>How many records it has looked at.</summary>
    public long Processed { get; init; }

    /// <summary>How many of them it has finished.</summary>
    public long Succeeded { get; init; }

    /// <summary>How many of them it could not finish.</summary>
    public long Failed { get; init; }

    /// <summary>Who holds the lease, or held it last.</summary>
    public string? LeaseOwner { get; init; }

    /// <summary>When the lease ends unless it is renewed.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>How many leases there have been.</summary>
    public long FencingToken { get; init; }

    /// <summary>Who asked for the job.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Counts the changes of this row, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field above: 32 bytes; null for one that is Requested.</summary>
    public byte[]? Mac { get; init; }
}
