namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>What <see cref="LocalHttpServer"/> answers.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="Location">Where a redirect leads, or null.</param>
internal sealed record HttpReply(int Status, string Body, string ContentType = "application/json", string? Location = null);
