using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>What an answer of Vault means to the contract. What it says is not passed on: it could repeat what was sent.</summary>
internal static class VaultErrors
{
    public static KekException Translate(string uri, WrapContext? context, VaultAnswer answer) => answer.Status switch
    {
        400 => OfItem(uri, context, answer.Says),
        404 when answer.Says("no handler for route") => new(KekFailure.Destroyed, $"Nothing is mounted in Vault where {uri} says, or not in this namespace: enable the transit engine there, or correct the URI or Namespace."),
        404 when answer.IsVaults => NotFound(uri),
        403 => Denied(uri),
        >= 300 and < 400 => new(KekFailure.Unavailable, $"The Vault of {uri} is a standby that does not forward: redirects are not followed. Set Address to the active node, or to what leads there."),
        429 or 473 => new(KekFailure.Unavailable, $"The Vault of {uri} asks to come back later ({answer.Status}): a rate limit, or a standby."),
        501 => new(KekFailure.Unavailable, $"The Vault of {uri} is not initialised."),
        503 => new(KekFailure.Unavailable, $"The Vault of {uri} is sealed, or not active: unseal it."),
        408 or 412 or 472 or >= 500 => new(KekFailure.Unavailable, $"The Vault of {uri} failed ({answer.Status})."),
        _ when answer.IsVaults => Refused(uri, answer.Status),
        _ => NoVault(uri),
    };

    /// <summary>What the errors of a single input mean.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="context">What the key is bound to.</param>
    /// <param name="says">True where the errors have these words.</param>
    public static KekException OfItem(string uri, WrapContext? context, Func<string, bool> says) =>
        says("invalid ciphertext") || says("message authentication failed")
            ? new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation.")
            : says("encryption key not found") || says("unknown key type") || says("not supported for this operation") ? NotFound(uri)
            : IsTooOld(says) ? TooOld(uri)
            : Refused(uri, 400);

    /// <summary>True where the version of a wrap is below the smallest that the key decrypts.</summary>
    public static bool IsTooOld(Func<string, bool> says) => says("disallowed by policy");

    public static KekException TooOld(string uri) =>
        new(KekFailure.Disabled, $"The key {uri} does not decrypt wraps of so old a version: lower its min_decryption_version, rewrap, and raise it again.");

    public static KekException Trimmed(string uri, string version) => new(KekFailure.Destroyed, $"The version {version} of the key {uri} is gone: the key was trimmed.");

    public static KekException NotFound(string uri) => new(KekFailure.Destroyed, $"Vault has no key {uri}.");

    public static KekException NoVault(string uri) => new(KekFailure.Unavailable, $"What answers at the address of {uri} does not answer as Vault does: check Address.");

    private static KekException Denied(string uri) => new(
        KekFailure.Denied,
        $"Vault refuses the call for {uri}: its token has expired or was revoked, or its policies do not allow it. Needed are read on MOUNT/keys/KEY, and update on MOUNT/encrypt/KEY, MOUNT/decrypt/KEY and MOUNT/rewrap/KEY.");

    private static KekException Refused(string uri, int status) => new(KekFailure.Denied, $"Vault does not take the call for {uri} ({status}): look at its log or audit.");
}
