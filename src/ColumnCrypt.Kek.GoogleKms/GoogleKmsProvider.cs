using ColumnCrypt.Kek.GoogleKms.Rest;
using Google.Apis.Auth.OAuth2;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>Opens the KEKs of Google Cloud KMS.</summary>
/// <param name="configure">Says how Cloud KMS is reached where a KEK does not say so itself; null for nothing.</param>
internal sealed class GoogleKmsProvider(Action<GoogleKmsOptions>? configure) : IKekProvider
{
    public string Scheme => "gcp-kms";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var key = GoogleKeyName.Parse(uri, Scheme);
        var own = new GoogleKmsOptions();
        configure?.Invoke(own);
        if (options.IsTenantsOwn)
        {
            own.Credential = null;
        }

        options.Of<GoogleKmsSettings>().Configure?.Invoke(own);
        if (options.IsTenantsOwn && own.Credential is null)
        {
            throw new EncryptionModelException(
                $"{uri} is a tenant's own KEK and needs that tenant's credential: set GoogleKms(kms => kms.Credential = …) in UseTenantKeks. The identity of this process is another's.");
        }

        if (own.Endpoint is not { IsAbsoluteUri: true, AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" } endpoint || (endpoint.Scheme != Uri.UriSchemeHttps && !(endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback)))
        {
            throw new EncryptionModelException($"The Endpoint of {uri} is https:// and a host alone: keys travel over it.");
        }

        var credential = own.Credential;
        return new GoogleKmsKek(uri, key, new GoogleClient(endpoint, new GoogleTokens(() => credential is null ? GoogleCredential.GetApplicationDefaultAsync() : Task.FromResult(credential))));
    }
}
