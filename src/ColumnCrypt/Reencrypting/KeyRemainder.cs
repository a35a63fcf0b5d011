using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Reencrypting;

/// <summary>How many values are under a data key that is not Active, counted over every column of the manifest that is in the database.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Tenant">Its tenant; "" where the key store does not hold the key.</param>
/// <param name="State">Its state; null where the key store does not hold it.</param>
/// <param name="Values">How many values.</param>
/// <param name="Skipped">Why they are not moved; null where they are.</param>
public sealed record KeyRemainder(KeyId KeyId, string Tenant, KeyState? State, long Values, string? Skipped);
