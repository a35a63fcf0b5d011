using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Kek.DataProtection;
using ColumnCrypt.Tool.Running;
using Microsoft.AspNetCore.DataProtection;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>
/// The ring of <c>data-protection:</c> KEKs as the environment names it: <c>COLUMNCRYPT_DATA_PROTECTION_RING</c>, its folder; <c>…_APPLICATION</c>, the name of the application that it is of;
/// <c>…_CERTIFICATE</c>, the PFX that encrypts it; <c>…_PASSPHRASE_FILE</c>, whose only line opens that. The command has no services of an application.
/// </summary>
internal static class DataProtectionRing
{
    private const string Prefix = "COLUMNCRYPT_DATA_PROTECTION_";

    /// <summary>Sets the ring where the environment names one.</summary>
    public static void Configure(DataProtectionKekOptions options)
    {
        if (Variable("RING") is { } folder)
        {
            options.Ring = ring => Configure(ring, folder);
        }
    }

    private static void Configure(IDataProtectionBuilder ring, string folder)
    {
        if (Variable("APPLICATION") is not { } application || Variable("CERTIFICATE") is not { } certificate)
        {
            throw CliException.Usage($"{Prefix}RING goes with {Prefix}APPLICATION and {Prefix}CERTIFICATE.");
        }

        if (!Directory.Exists(folder))
        {
            throw CliException.Usage($"{Prefix}RING names {folder}, which is no folder.");
        }

        // Rings are rotated by their application: the command makes no key in them.
        ring.SetApplicationName(application).PersistKeysToFileSystem(new DirectoryInfo(folder)).ProtectKeysWithCertificate(Load(certificate)).DisableAutomaticKeyGeneration();
    }

    private static X509Certificate2 Load(string path)
    {
        try
        {
            string? passphrase = Variable("PASSPHRASE_FILE") is { } file ? SmallText.Read(file, $"the passphrase of {path}") : null;
            return X509CertificateLoader.LoadPkcs12FromFile(path, passphrase, X509KeyStorageFlags.EphemeralKeySet);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CliException("usage", $"The certificate {path}, which {Prefix}CERTIFICATE names, cannot be opened: {error.Message}", ExitCode.Usage, error);
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(Prefix + name) is { Length: > 0 } value ? value : null;
}
