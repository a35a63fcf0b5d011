using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>The installation key of a store, unwrapped and checked.</summary>
/// <param name="Id">Its key id: the installation id.</param>
/// <param name="Commitment">Its commitment, 32 bytes: what a configuration pins.</param>
/// <param name="Rows">Makes and checks macs under it.</param>
internal sealed record Installation(KeyId Id, byte[] Commitment, RowAuthenticator Rows);
