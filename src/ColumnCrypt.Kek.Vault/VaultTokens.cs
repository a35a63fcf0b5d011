using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>What a token may ask of Vault about itself: the policy <c>default</c> allows it.</summary>
internal static class VaultTokens
{
    private const string LookUpSelf = "auth/token/lookup-self";

    /// <summary>Learns how long a token lives. Where it may not even ask that, it is taken as it is.</summary>
    /// <exception cref="KekException">Vault cannot be reached, or cannot answer now.</exception>
    public static async Task<VaultToken> LookUpAsync(string uri, VaultHttp http, string token, TimeProvider time, CancellationToken cancellationToken)
    {
        using var answer = await http.SendAsync(HttpMethod.Get, LookUpSelf, token, null, cancellationToken).ConfigureAwait(false);
        return answer.IsOk ? new VaultToken(token, VaultAnswer.Number(answer.Data, "ttl"), VaultAnswer.IsTrue(answer.Data, "renewable"), time.GetUtcNow())
            : answer.Status == 403 ? new VaultToken(token, null, false, time.GetUtcNow())
            : throw VaultErrors.Translate(uri, null, answer);
    }

    /// <summary>True where Vault does not know the token any more, or says so of every token that may not ask.</summary>
    /// <exception cref="KekException">Vault cannot be reached.</exception>
    public static async Task<bool> IsDeadAsync(VaultHttp http, VaultToken token, CancellationToken cancellationToken)
    {
        using var answer = await http.SendAsync(HttpMethod.Get, LookUpSelf, token.Value, null, cancellationToken).ConfigureAwait(false);
        return answer.Status == 403;
    }

    /// <summary>Renews a token; null where Vault refuses.</summary>
    /// <exception cref="KekException">Vault cannot be reached, or cannot answer now.</exception>
    public static async Task<VaultToken?> RenewAsync(string uri, VaultHttp http, VaultToken token, TimeProvider time, CancellationToken cancellationToken)
    {
        using var answer = await http.SendAsync(HttpMethod.Post, "auth/token/renew-self", token.Value, null, cancellationToken).ConfigureAwait(false);
        if (answer.IsOk)
        {
            return VaultToken.Of(answer.Auth, time.GetUtcNow()) is { } renewed ? renewed : throw VaultErrors.NoVault(uri);
        }

        return answer.Status is 400 or 403 ? null : throw VaultErrors.Translate(uri, null, answer);
    }
}
