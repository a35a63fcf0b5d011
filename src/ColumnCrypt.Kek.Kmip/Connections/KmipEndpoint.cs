namespace ColumnCrypt.Kek.Kmip.Connections;

/// <summary>Where a key server listens.</summary>
/// <param name="Host">A DNS name or an address; the certificate of the server must be for it.</param>
/// <param name="Port">The port.</param>
internal sealed record KmipEndpoint(string Host, int Port);
