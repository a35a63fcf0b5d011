using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>What a key server says of a key.</summary>
/// <param name="Id">Its unique identifier.</param>
/// <param name="Bits">Its length in bits.</param>
/// <param name="State">Its state.</param>
internal sealed record KmipKey(string Id, int Bits, KeyState State);
