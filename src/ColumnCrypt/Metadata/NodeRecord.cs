namespace ColumnCrypt.Metadata;

/// <summary>
/// A row of <c>columncrypt_node</c>: a process that uses the key store, and the KEKs through which it has unwrapped. It tells an
/// operator when an old wrap is needed by nobody any more. Times have millisecond precision, UTC.
/// </summary>
public sealed record NodeRecord
{
    /// <summary>The id: a version 7 UUID (RFC 9562), 32 hex digits, made when the process first opens the store.</summary>
    public required string NodeId { get; init; }

    /// <summary>The name of the machine and the process id.</summary>
    public required string Name { get; init; }

    /// <summary>When the process first reported.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it reported last.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>The URIs of the KEKs through which it has unwrapped keys since it started, as a JSON array in ordinal order.</summary>
    public required string Keks { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field above: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
