using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>A token that the configuration gives. Where it is no longer taken, there is no other. Immutable.</summary>
/// <param name="token">The token.</param>
internal sealed class FixedToken(string token) : VaultCredential
{
    internal override bool CanLogInAgain => false;

    internal override Task<VaultToken> LogInAsync(string uri, VaultHttp http, TimeProvider time, CancellationToken cancellationToken) =>
        VaultTokens.LookUpAsync(uri, http, token, time, cancellationToken);
}
