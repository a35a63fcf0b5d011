namespace ColumnCrypt.Kek;

/// <summary>Which package brings the backend of a scheme that nobody registered.</summary>
internal static class KekPackages
{
    private static readonly Dictionary<string, (string Package, string Call)> s_packages = new(StringComparer.Ordinal)
    {
        ["aws-kms"] = ("ColumnCrypt.Kek.AwsKms", "AddAwsKms"),
        ["vault"] = ("ColumnCrypt.Kek.Vault", "AddVault"),
        ["azure-kv"] = ("ColumnCrypt.Kek.AzureKeyVault", "AddAzureKeyVault"),
        ["gcp-kms"] = ("ColumnCrypt.Kek.GoogleKms", "AddGoogleKms"),
        ["pkcs11"] = ("ColumnCrypt.Kek.Pkcs11", "AddPkcs11"),
        ["kmip"] = ("ColumnCrypt.Kek.Kmip", "AddKmip"),
        ["dpapi"] = ("ColumnCrypt.Kek.Dpapi", "AddDpapi"),
        ["data-protection"] = ("ColumnCrypt.Kek.DataProtection", "AddDataProtection"),
    };

    /// <summary>What to do about a scheme without a backend.</summary>
    /// <param name="scheme">The scheme that the URI begins with.</param>
    /// <param name="registered">The schemes that have a backend.</param>
    public static string Advice(string scheme, IEnumerable<string> registered)
    {
        if (s_packages.TryGetValue(scheme, out var known))
        {
            return $"Install the package {known.Package} and call cc.{known.Call}() before UseKek.";
        }

        string? sibling = s_packages.Keys.Concat(registered).FirstOrDefault(name => string.Equals(name, scheme, StringComparison.OrdinalIgnoreCase));
        return sibling is not null
            ? $"Schemes are written in lower case: '{sibling}:'."
            : $"Registered are: {string.Join(", ", registered.Order(StringComparer.Ordinal).Select(static name => name + ":"))}. Register one of your own with cc.AddKekProvider(…).";
    }
}
