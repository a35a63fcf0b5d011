using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Tool.Tests.Support;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tool.Tests.Verbs;

/// <summary>The ring that the environment names. No other test sets these variables.</summary>
public sealed class DataProtectionRingTests : IDisposable
{
    private const string Uri = "data-protection:clinic";
    private const string Prefix = "COLUMNCRYPT_DATA_PROTECTION_";
    private const string Secret = "canary-passphrase-of-the-ring";
    private static readonly string[] s_names = ["RING", "APPLICATION", "CERTIFICATE", "PASSPHRASE_FILE"];
    private readonly Operator _jo = new();

    public void Dispose()
    {
        Array.ForEach(s_names, static name => Set(name, null));
        _jo.Dispose();
    }

    [Fact]
    public async Task Check_WhenTheEnvironmentNamesTheRingOfAnApplication_ProvesTheKek()
    {
        MakeRing();
        Set("RING", _jo.Folder.File("ring"));
        (await _jo.RunAsync("status", "--kek", Uri)).Failed(2, Prefix + "APPLICATION");
        Set("APPLICATION", "clinic");
        Set("CERTIFICATE", _jo.Folder.File("missing.pfx"));
        (await _jo.RunAsync("status", "--kek", Uri)).Failed(2, "missing.pfx");
        Set("CERTIFICATE", _jo.Folder.File("ring.pfx"));
        (await _jo.RunAsync("status", "--kek", Uri)).Failed(2, "cannot be opened");
        Set("PASSPHRASE_FILE", _jo.Folder.File("ring.txt"));
        (await _jo.RunAsync("init", "--kek", Uri)).IsDone();
        Assert.True((bool)(await _jo.RunAsync("keks", "check", Uri, "--kek", Uri, "--json")).IsDone().Json["refusesWrongContext"]!);
        Assert.Single(Directory.GetFiles(_jo.Folder.File("ring")));
    }

    [Fact]
    public async Task Check_WhenNothingNamesARing_SaysWhatToDo() =>
        (await _jo.RunAsync("status", "--kek", Uri)).Failed(2, "AddDataProtection");

    private void MakeRing()
    {
        using var rsa = RSA.Create(2_048);
        using var certificate = new CertificateRequest("CN=ring", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllBytes(_jo.Folder.File("ring.pfx"), certificate.Export(X509ContentType.Pfx, Secret));
        File.WriteAllText(_jo.Folder.File("ring.txt"), Secret + "\n");
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("clinic").PersistKeysToFileSystem(Directory.CreateDirectory(_jo.Folder.File("ring"))).ProtectKeysWithCertificate(certificate);
        using var application = services.BuildServiceProvider();
        application.GetRequiredService<IKeyManager>().CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));
    }

    private static void Set(string name, string? value) => Environment.SetEnvironmentVariable(Prefix + name, value);
}
