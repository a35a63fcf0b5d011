using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.DataProtection;

/// <summary>A key ring in a folder, encrypted by a certificate, as an application has it.</summary>
public sealed class TestRing : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly X509Certificate2 _certificate = NewCertificate();

    public DirectoryInfo Folder => new(_folder.Path);

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Dispose();
    }

    /// <summary>The ring; a new certificate would open none of its keys.</summary>
    public void Configure(IDataProtectionBuilder ring) => ring.SetApplicationName("clinic").PersistKeysToFileSystem(Folder).ProtectKeysWithCertificate(_certificate);

    /// <summary>Services of an application with this ring.</summary>
    public ServiceProvider Services()
    {
        var services = new ServiceCollection();
        Configure(services.AddDataProtection());
        return services.BuildServiceProvider();
    }

    public static X509Certificate2 NewCertificate()
    {
        using var rsa = RSA.Create(2_048);
        return new CertificateRequest("CN=ring", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
