using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>The KEK backends that the command knows, named one by one: a package of a backend adds its line here.</summary>
internal static class KekBackends
{
    /// <summary>Registers them, with what their environment gives them. <c>file:</c>, <c>keyring:</c>, <c>mlkem:</c> and <c>x509:</c> are in the core.</summary>
    public static ColumnCryptBuilder AddKekBackends(this ColumnCryptBuilder builder) =>
        builder.AddAwsKms().AddAzureKeyVault().AddDataProtection(DataProtectionRing.Configure).AddDpapi().AddGoogleKms().AddKmip().AddPkcs11().AddVault();
}
