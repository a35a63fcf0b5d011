using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Lifecycle;

/// <summary>What the key tables say of one key, its mac checked.</summary>
/// <param name="KeyId">The id.</param>
/// <param name="Kind">What the key is for.</param>
/// <param name="Version">The version within (tenant, kind).</param>
/// <param name="State">The state.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ReservedUses">How many uses nodes have reserved, each 64 KiB begun.</param>
public sealed record KeyInfo(KeyId KeyId, KeyKind Kind, int Version, KeyState State, DateTimeOffset CreatedAt, long ReservedUses);
