using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>Opens the KEKs of AWS KMS.</summary>
/// <param name="defaults">How AWS KMS is reached where a KEK does not say so itself.</param>
internal sealed class AwsKmsProvider(AwsKmsOptions defaults) : IKekProvider
{
    public string Scheme => "aws-kms";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var own = options.Of<AwsKmsOptions>();
        var key = AwsKeyName.Parse(uri, Scheme);
        if (options.IsTenantsOwn && own.Credentials is null)
        {
            throw new EncryptionModelException($"{uri} is a tenant's own KEK and needs that tenant's credentials: set AwsKms(aws => aws.Credentials = …) in UseTenantKeks. The identity of this process is another's.");
        }

        return new AwsKmsKek(uri, key.KeyId, [.. options.IsTenantsOwn ? own.FormerKeys : own.FormerKeys.Concat(defaults.FormerKeys)], Client(uri, key, own, options.IsTenantsOwn));
    }

    private AmazonKeyManagementServiceClient Client(string uri, AwsKeyName key, AwsKmsOptions own, bool isTenantsOwn)
    {
        var credentials = isTenantsOwn ? own.Credentials : own.Credentials ?? defaults.Credentials;

        // Attempts and their time are the caller's to bound.
        var config = new AmazonKeyManagementServiceConfig
        {
            MaxErrorRetry = 0,
            ThrottleRetries = false,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            IgnoreConfiguredEndpointUrls = isTenantsOwn,
        };
        string? region = key.Region ?? own.Region ?? defaults.Region;
        if ((own.ServiceUrl ?? defaults.ServiceUrl) is { } url)
        {
            if (url.Scheme != Uri.UriSchemeHttps && !url.IsLoopback)
            {
                throw new EncryptionModelException($"The ServiceUrl of {uri} must be https: keys travel over it.");
            }

            config.ServiceURL = url.AbsoluteUri;
            config.AuthenticationRegion = region;
        }
        else if (region is not null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        try
        {
            return credentials is null ? new AmazonKeyManagementServiceClient(config) : new AmazonKeyManagementServiceClient(credentials, config);
        }
        catch (AmazonClientException error)
        {
            throw new EncryptionModelException($"{uri} cannot be opened: {error.Message} Set AwsKms(aws => aws.Region = …), or the AWS environment of this process.", error);
        }
    }
}
