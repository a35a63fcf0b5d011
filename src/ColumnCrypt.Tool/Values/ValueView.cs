using ColumnCrypt.Format;

namespace ColumnCrypt.Tool.Values;

/// <summary>The header of an encrypted value.</summary>
internal sealed record ValueView(int Suite, KeyId KeyId, string Nonce, long StoredBytes, long PlaintextBytes, KeyOwner? Owner);
