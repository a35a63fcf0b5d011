using Amazon.Runtime;
using Azure.Identity;
using ColumnCrypt.Kek;
using ColumnCrypt.Kek.Vault;
using ColumnCrypt.Tool.Running;
using Google.Apis.Auth.OAuth2;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Which credentials a tenant's own KEK takes, by scheme: nothing of the command's own is ever used for one.</summary>
internal static class KekCredentials
{
    private static readonly Dictionary<string, Backend> s_backends = new(StringComparer.Ordinal)
    {
        ["aws-kms"] = new(["accessKeyId", "secretKeyFile", "secretKeyVariable", "sessionTokenFile", "sessionTokenVariable", "region", "serviceUrl"], AwsKms),
        ["azure-kv"] = new(["directoryId", "clientId", "clientSecretFile", "clientSecretVariable", "certificateFile"], AzureKeyVault),
        ["gcp-kms"] = new(["accountFile"], GoogleKms),
        ["kmip"] = new(["clientCertificateFile", "clientKeyFile", "passphraseFile", "authorityFile"], Kmip),
        ["pkcs11"] = new(["modulePath", "pinFile", "pinVariable"], Pkcs11),
        ["vault"] = new(["address", "namespace", "tokenFile", "roleId", "secretIdFile", "authorityFile"], Vault),
    };

    /// <summary>The members that a KEK's credential may have; none where its backend takes none.</summary>
    public static IReadOnlyList<string> MembersOf(string uri) => s_backends.GetValueOrDefault(SchemeOf(uri))?.Members ?? [];

    /// <summary>What sets a KEK's options, once all that the credential names is read.</summary>
    /// <exception cref="CliException">Something is missing, or cannot be read.</exception>
    public static Action<KekOptions> Read(string uri, KekCredential credential) =>
        s_backends.TryGetValue(SchemeOf(uri), out var backend) ? backend.Read(credential) : throw CliException.Usage($"{uri} takes no credential.");

    private static string SchemeOf(string uri) => uri.Split(':', 2)[0];

    private static Action<KekOptions> AwsKms(KekCredential credential)
    {
        string id = credential.Demanded("accessKeyId");
        string secret = credential.DemandedSecret("secretKey");
        AWSCredentials keys = credential.Secret("sessionToken") is { } token ? new SessionAWSCredentials(id, secret, token) : new BasicAWSCredentials(id, secret);
        return options => options.AwsKms(aws =>
        {
            (aws.Credentials, aws.ServiceUrl) = (keys, credential.Address("serviceUrl"));
            aws.Region = credential.Text("region") ?? aws.Region;
        });
    }

    private static Action<KekOptions> AzureKeyVault(KekCredential credential)
    {
        var (directory, client) = (credential.Demanded("directoryId"), credential.Demanded("clientId"));
        Azure.Core.TokenCredential identity = credential.Text("certificateFile") is { } certificate
            ? new ClientCertificateCredential(directory, client, certificate)
            : new ClientSecretCredential(directory, client, credential.DemandedSecret("clientSecret"));
        return options => options.AzureKeyVault(azure => azure.Credential = identity);
    }

    private static Action<KekOptions> GoogleKms(KekCredential credential)
    {
        string path = credential.Demanded("accountFile");
        try
        {
            var account = CredentialFactory.FromFile<ServiceAccountCredential>(path).ToGoogleCredential();
            return options => options.GoogleKms(google => google.Credential = account);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Whatever the parser says may quote what it has read.
            throw CliException.Usage($"The file {path} holds no key of a service account that can be read.");
        }
    }

    private static Action<KekOptions> Kmip(KekCredential credential)
    {
        string certificate = credential.Demanded("clientCertificateFile");
        return options => options.Kmip(server =>
        {
            server.ClientCertificateFile = certificate;
            server.ClientKeyFile = credential.Text("clientKeyFile");
            server.PassphraseFile = credential.Text("passphraseFile");
            server.AuthorityFile = credential.Text("authorityFile");
        });
    }

    private static Action<KekOptions> Pkcs11(KekCredential credential)
    {
        string pin = credential.DemandedSecret("pin");
        return options => options.Pkcs11(token => (token.Pin, token.ModulePath) = (pin, credential.Text("modulePath") ?? token.ModulePath));
    }

    private static Action<KekOptions> Vault(KekCredential credential)
    {
        var address = credential.Address("address") ?? throw CliException.Usage("The credential of a tenant's KEK needs address.");
        var login = credential.Text("tokenFile") is { } token
            ? VaultCredential.TokenFile(token)
            : VaultCredential.AppRoleFile(credential.Demanded("roleId"), credential.Demanded("secretIdFile"));
        return options => options.Vault(vault =>
        {
            (vault.Address, vault.Credential) = (address, login);
            (vault.Namespace, vault.AuthorityFile) = (credential.Text("namespace"), credential.Text("authorityFile"));
        });
    }

    private sealed record Backend(IReadOnlyList<string> Members, Func<KekCredential, Action<KekOptions>> Read);
}
