using System.Text.Json;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>A role of the AppRole method. Immutable.</summary>
/// <param name="roleId">The role id.</param>
/// <param name="secretId">Gives the secret id, for a KEK.</param>
/// <param name="mount">Where the method is mounted.</param>
internal sealed class AppRoleLogin(string roleId, Func<string, string> secretId, string mount) : VaultCredential
{
    internal override bool CanLogInAgain => true;

    internal override async Task<VaultToken> LogInAsync(string uri, VaultHttp http, TimeProvider time, CancellationToken cancellationToken)
    {
        using var body = new SecretBuffer(2048);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("role_id", roleId);
            json.WriteString("secret_id", secretId(uri));
            json.WriteEndObject();
        }

        using var answer = await http.SendAsync(HttpMethod.Post, $"auth/{mount}/login", null, body, cancellationToken).ConfigureAwait(false);
        if (answer.Status is 400 or 403)
        {
            throw new KekException(KekFailure.Denied, $"Vault does not let the AppRole of {uri} log in: check its role id and secret id, whether the secret id has expired or was used up, and from where it may be used.");
        }

        return answer.IsOk && VaultToken.Of(answer.Auth, time.GetUtcNow()) is { } token ? token : throw VaultErrors.Translate(uri, null, answer);
    }
}
