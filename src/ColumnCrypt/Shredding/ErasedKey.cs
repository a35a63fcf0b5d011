namespace ColumnCrypt.Shredding;

/// <summary>A destroyed key.</summary>
/// <param name="KeyId">Its id, 32 hex digits.</param>
/// <param name="Kind">What it was for.</param>
/// <param name="Version">Its version within (tenant, kind).</param>
/// <param name="DestroyedAt">When it was destroyed.</param>
public sealed record ErasedKey(string KeyId, string Kind, int Version, DateTimeOffset DestroyedAt);
