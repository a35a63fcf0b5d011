using ColumnCrypt.Crypto;
using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>The installation key of a store, unwrapped and checked.</summary>
/// <param name="Id">Its key id: the installation id.</param>
/// <param name="Commitment">Its commitment, 32 bytes: what a configuration pins.</param>
/// <param name="Rows">Makes and checks the macs of rows under it.</param>
/// <param name="Audit">Makes and checks the macs of audit entries under it.</param>
internal sealed record Installation(KeyId Id, byte[] Commitment, RowAuthenticator Rows, AuditKey Audit);
