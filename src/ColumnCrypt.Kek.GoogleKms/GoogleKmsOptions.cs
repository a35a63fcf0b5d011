using Google.Apis.Auth.OAuth2;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>How Google Cloud KMS is reached.</summary>
public sealed class GoogleKmsOptions
{
    /// <summary>
    /// Whose calls these are; the scope of Cloud KMS is added where it has none. Default: null, which is the application default credentials. Required for a tenant's own KEK.
    /// </summary>
    public GoogleCredential? Credential { get; set; }

    /// <summary>Where the service is: another one is a regional endpoint or a private one. Default: <c>https://cloudkms.googleapis.com/</c>. Must be https, but on the machine itself.</summary>
    public Uri Endpoint { get; set; } = new("https://cloudkms.googleapis.com/");
}
