using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>What a URI says of a key: its name for the API, and the region where it is an ARN.</summary>
/// <param name="KeyId">A key id, the ARN of a key, <c>alias/NAME</c>, or the ARN of an alias.</param>
/// <param name="Region">The region of the ARN; null where it is none.</param>
internal sealed partial record AwsKeyName(string KeyId, string? Region)
{
    /// <exception cref="EncryptionModelException">The URI names no key.</exception>
    public static AwsKeyName Parse(string uri, string scheme)
    {
        string name = uri[(scheme.Length + 1)..];
        if (Arn().Match(name) is { Success: true } arn)
        {
            return new AwsKeyName(name, arn.Groups["region"].Value);
        }

        return Plain().IsMatch(name)
            ? new AwsKeyName(name, null)
            : throw new EncryptionModelException(
                $"'{uri}' names no key of AWS KMS: write aws-kms:alias/NAME, aws-kms:KEY-ID, or aws-kms:arn:aws:kms:REGION:ACCOUNT:key/KEY-ID (or …:alias/NAME).");
    }

    [GeneratedRegex(@"\Aarn:aws[a-z-]*:kms:(?<region>[a-z0-9-]{1,40}):[0-9]{12}:(key/[A-Za-z0-9-]{1,128}|alias/[A-Za-z0-9/_-]{1,250})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Arn();

    [GeneratedRegex(@"\A([A-Za-z0-9-]{1,128}|alias/[A-Za-z0-9/_-]{1,250})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
