using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>A token in a file that somebody else keeps fresh. Immutable.</summary>
/// <param name="path">The file.</param>
internal sealed class TokenFromFile(string path) : VaultCredential
{
    internal override bool CanLogInAgain => true;

    internal override bool IsFree => true;

    internal override Task<VaultToken> LogInAsync(string uri, VaultHttp http, TimeProvider time, CancellationToken cancellationToken) =>
        VaultTokens.LookUpAsync(uri, http, SecretFile.ReadLine(uri, path, "the token"), time, cancellationToken);
}
