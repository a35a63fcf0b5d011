namespace ColumnCrypt.Metadata;

/// <summary>A row of <c>columncrypt_kek</c>. Being listed here allows nothing: only the configuration does.</summary>
public sealed record KekRecord
{
    /// <summary>The KEK's URI.</summary>
    public required string KekId { get; init; }

    /// <summary>The state.</summary>
    public required KekState State { get; init; }

    /// <summary>The order in which KEKs are tried for reading, lowest first.</summary>
    public required int Priority { get; init; }

    /// <summary>When the KEK was first used.</summary>
    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>When the KEK was retired.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>When the KEK was destroyed.</summary>
    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>Counts the changes of this row, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field above: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
