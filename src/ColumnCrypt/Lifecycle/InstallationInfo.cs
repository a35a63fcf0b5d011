using ColumnCrypt.Format;

namespace ColumnCrypt.Lifecycle;

/// <summary>The installation key of a key store.</summary>
/// <param name="KeyId">Its id: the installation id.</param>
/// <param name="Commitment">Its commitment, 64 hex digits: the argument of <c>PinInstallation</c>.</param>
public sealed record InstallationInfo(KeyId KeyId, string Commitment);
