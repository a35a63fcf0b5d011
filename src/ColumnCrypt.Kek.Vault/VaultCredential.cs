using System.Text.RegularExpressions;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>
/// Whose calls to Vault these are. Tokens are renewed before they expire; what can log in does so again where its token has expired or was revoked, or can
/// be renewed no more. Immutable.
/// </summary>
public abstract partial class VaultCredential
{
    private protected VaultCredential()
    {
    }

    /// <summary>A token.</summary>
    /// <param name="token">The token.</param>
    /// <exception cref="EncryptionModelException">It is none: 1 to 4,096 printable ASCII characters.</exception>
    public static VaultCredential Token(string token) => new FixedToken(Demand(token, "token"));

    /// <summary>A file with a token on its only line, such as Vault Agent writes. Read on the first call, and again once its token has expired or was revoked.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="EncryptionModelException">The path is empty.</exception>
    public static VaultCredential TokenFile(string path) => new TokenFromFile(DemandPath(path));

    /// <summary>A role of the AppRole method.</summary>
    /// <param name="roleId">The role id.</param>
    /// <param name="secretId">The secret id. One that is for a single use does not log in again.</param>
    /// <param name="mount">Where the method is mounted. Default: <c>approle</c>.</param>
    /// <exception cref="EncryptionModelException">An id is none, or the mount.</exception>
    public static VaultCredential AppRole(string roleId, string secretId, string mount = "approle")
    {
        Demand(secretId, "secret id");
        return new AppRoleLogin(Demand(roleId, "role id"), _ => secretId, DemandMount(mount));
    }

    /// <summary>A role of the AppRole method whose secret id is in a file, on its only line, read at each login.</summary>
    /// <param name="roleId">The role id.</param>
    /// <param name="secretIdFile">The path of the file.</param>
    /// <param name="mount">Where the method is mounted. Default: <c>approle</c>.</param>
    /// <exception cref="EncryptionModelException">The role id, the path or the mount is none.</exception>
    public static VaultCredential AppRoleFile(string roleId, string secretIdFile, string mount = "approle")
    {
        DemandPath(secretIdFile);
        return new AppRoleLogin(Demand(roleId, "role id"), uri => SecretFile.ReadLine(uri, secretIdFile, "the secret id"), DemandMount(mount));
    }

    /// <summary>True where another login may give another token.</summary>
    internal abstract bool CanLogInAgain { get; }

    /// <summary>True where asking for another token uses nothing up, so that it is asked for one even where the last one never worked.</summary>
    internal virtual bool IsFree => false;

    /// <summary>Gets a token.</summary>
    /// <param name="uri">The URI of the KEK, for messages.</param>
    /// <param name="http">Calls Vault.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="KekException">Vault refuses, or cannot be reached.</exception>
    internal abstract Task<VaultToken> LogInAsync(string uri, VaultHttp http, TimeProvider time, CancellationToken cancellationToken);

    /// <summary>True for what can be a token or an id; it is sent in a header or in JSON.</summary>
    internal static bool IsSecret(string? text) => text is not null && Printable().IsMatch(text);

    // What is refused may be a secret, so it is not shown.
    private static string Demand(string text, string what) =>
        IsSecret(text) ? text : throw new EncryptionModelException($"The {what} for Vault is none: it has 1 to 4,096 printable ASCII characters and no spaces.");

    private static string DemandPath(string path) => !string.IsNullOrWhiteSpace(path) ? path : throw new EncryptionModelException("The path of a file for Vault is empty.");

    private static string DemandMount(string mount) =>
        mount is not null && Mount().IsMatch(mount) ? mount : throw new EncryptionModelException("The mount of an AppRole method has letters, digits and . _ - alone, and / between its parts.");

    [GeneratedRegex(@"\A[!-~]{1,4096}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?){0,7}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Mount();
}
