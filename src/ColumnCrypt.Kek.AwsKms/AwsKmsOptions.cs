using Amazon.Runtime;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>How AWS KMS is reached. What is left out, the AWS SDK finds as it always does; not so for a tenant's own KEK.</summary>
public sealed class AwsKmsOptions
{
    /// <summary>The AWS region, for example <c>eu-central-1</c>. Default: that of the ARN; else the SDK's, from its environment or profile.</summary>
    public string? Region { get; set; }

    /// <summary>Another endpoint than the region's own: a VPC or FIPS endpoint. Default: null. Must be https, but on the machine itself.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>Whose calls these are. Default: null, which is the SDK's chain: environment, profile, role of the container or machine. Required for a tenant's own KEK.</summary>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>
    /// The ARNs of keys that the alias of the URI pointed to before: what they have wrapped is still unwrapped. Default: none. Without them a wrap
    /// of such a key is refused.
    /// </summary>
    public IList<string> FormerKeys { get; } = [];
}
