using ColumnCrypt.Format;

namespace ColumnCrypt.Metadata;

/// <summary>
/// A row of <c>columncrypt_wrap</c>: a key wrapped by one version of one KEK. The wrap authenticates itself through its
/// context; a dropped wrap keeps its row without the bytes. Times have millisecond precision, UTC.
/// </summary>
public sealed record WrapRecord
{
    /// <summary>The wrapped key.</summary>
    public required KeyId KeyId { get; init; }

    /// <summary>The KEK's URI.</summary>
    public required string KekId { get; init; }

    /// <summary>The version of the KEK, or "" where the KEK has none.</summary>
    public required string KekVersion { get; init; }

    /// <summary>The wrapped bytes, or null once dropped.</summary>
    public byte[]? Wrapped { get; init; }

    /// <summary>When the wrap was written.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>When the wrap was dropped.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>When the wrap was last unwrapped and its commitment compared.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }
}
