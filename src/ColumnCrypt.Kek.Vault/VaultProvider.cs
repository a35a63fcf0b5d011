using System.Text.RegularExpressions;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>Opens the KEKs of Vault.</summary>
/// <param name="configure">Says how Vault is reached where a KEK does not say so itself; null for nothing.</param>
/// <param name="time">The clock by which tokens are renewed.</param>
/// <param name="variable">Reads a variable of the environment; null for the one of this process.</param>
internal sealed partial class VaultProvider(Action<VaultOptions>? configure, Func<TimeProvider> time, Func<string, string?>? variable = null) : IKekProvider
{
    public string Scheme => "vault";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var key = VaultKeyName.Parse(uri, Scheme);
        var own = new VaultOptions();
        configure?.Invoke(own);
        if (options.IsTenantsOwn)
        {
            (own.Credential, own.Namespace) = (null, null);
        }

        options.Of<VaultSettings>().Configure?.Invoke(own);
        if (!options.IsTenantsOwn)
        {
            VaultEnvironment.Apply(own, variable ?? Environment.GetEnvironmentVariable);
        }

        var credential = own.Credential ?? throw new EncryptionModelException(
            options.IsTenantsOwn
                ? $"{uri} is a tenant's own KEK and needs that tenant's credential: set Vault(vault => vault.Credential = …) in UseTenantKeks. The one of this process is another's."
                : $"{uri} needs a credential: set Credential in AddVault, or {VaultEnvironment.Token} to a token.");
        var http = new VaultHttp(uri, Address(uri, own), Namespace(uri, own), own.AuthorityFile);
        return new VaultKek(uri, key, new VaultTransit(uri, key, options.AllowWeakKek, new VaultSession(uri, http, credential, time())));
    }

    // What is refused may hold a password, so it is not shown.
    private static Uri Address(string uri, VaultOptions options)
    {
        var address = options.Address ?? throw new EncryptionModelException($"{uri} needs to know where Vault is: set Address in AddVault, or {VaultEnvironment.Address}.");
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttps && (address.Scheme != Uri.UriSchemeHttp || !address.IsLoopback)))
        {
            throw new EncryptionModelException($"The Address of {uri} must be https: keys and tokens travel over it. http is for the machine itself.");
        }

        return address is { UserInfo: "", Query: "", Fragment: "" }
            ? new Uri(address.AbsoluteUri.TrimEnd('/') + "/v1/")
            : throw new EncryptionModelException($"The Address of {uri} has a user, a query or a fragment: write https://HOST:PORT. The credential belongs into Credential.");
    }

    private static string? Namespace(string uri, VaultOptions options)
    {
        string? name = options.Namespace?.Trim('/');
        return string.IsNullOrEmpty(name)
            ? null
            : NamespaceForm().IsMatch(name) ? name : throw new EncryptionModelException($"The Namespace of {uri} is none: it has letters, digits and . _ - alone, and / between its parts.");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,128}(/[A-Za-z0-9._-]{1,128}){0,31}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamespaceForm();
}
