using System.Text;
using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>
/// A wrap context as an encryption context (docs/SPEC.md, SPEC-WRAP-7). It is not secret: AWS CloudTrail logs it, and policies may demand it
/// with <c>kms:EncryptionContext:columncrypt-tenant</c> and its like.
/// </summary>
internal static partial class AwsContext
{
    private const string Encoded = "utf8:";

    public static Dictionary<string, string> Of(WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["columncrypt"] = WrapContext.Label,
            ["columncrypt-installation"] = context.InstallationId.ToString(),
            ["columncrypt-key"] = context.KeyId.ToString(),
            ["columncrypt-kind"] = context.KindName,
        };
        if (context.Tenant.Length > 0)
        {
            pairs.Add("columncrypt-tenant", Tenant(context.Tenant));
        }

        return pairs;
    }

    // A value is compared byte by byte, but a policy or a log may not take every character: what is unusual is written in hex digits.
    private static string Tenant(string tenant) =>
        Usual().IsMatch(tenant) && !tenant.StartsWith(Encoded, StringComparison.Ordinal) ? tenant : Encoded + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(tenant));

    [GeneratedRegex(@"\A[A-Za-z0-9_.:/=+@-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Usual();
}
