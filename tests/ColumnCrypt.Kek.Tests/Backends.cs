using ColumnCrypt.Kek.Tests.AwsKms;
using ColumnCrypt.Kek.Tests.AzureKeyVault;
using ColumnCrypt.Kek.Tests.DataProtection;
using ColumnCrypt.Kek.Tests.GoogleKms;
using ColumnCrypt.Kek.Tests.Kmip;
using ColumnCrypt.Kek.Tests.Pkcs11;
using ColumnCrypt.Kek.Tests.Vault;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests;

/// <summary>A new KEK of any backend that a test asks for, and the registrations with which an application would use it.</summary>
internal sealed class Backends : IDisposable
{
    private const string Secret = "the passphrase of a test";

    private readonly TempFolder _folder = new();
    private readonly TestRing _ring = new();
    private readonly Lazy<VaultServer> _vault = new(static () => new VaultServer());

    /// <summary>The names that <see cref="CreateAsync"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["file", "x509", "aws", "token", "kmip", "vault", "azure", "managed-hsm", "google", "data-protection", "hierarchical"];

    /// <summary>True for a backend whose KEKs wrap with a public key: the installation must be made under another one and pinned.</summary>
    public static bool WrapsPublicly(string name) => name is "x509" or "azure" or "managed-hsm";

    public static ColumnCryptBuilder Use(ColumnCryptBuilder builder, string uri) => builder.UseKek(uri, Unseal);

    public static void Unseal(KekOptions options) => options.Passphrase = Secret;

    public ColumnCryptBuilder Register(ColumnCryptBuilder builder) => builder
        .AddAwsKms(MotoServer.Shared.Configure)
        .AddKmip(KmipServer.Shared.Configure)
        .AddPkcs11(static token => token.Pin = SoftHsm.Pin)
        .AddVault(vault => _vault.Value.Configure(vault))
        .AddKekProvider(VaultDouble.Shared.Provider())
        .AddGoogleKms(GoogleDouble.Shared.Configure)
        .AddDataProtection(ring => ring.Ring = _ring.Configure);

    /// <summary>Makes a KEK and gives its URI.</summary>
    public async Task<string> CreateAsync(string name)
    {
        string own = $"sample-{Guid.NewGuid():N}";
        switch (name)
        {
            case "file":
                FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
                return "file:" + _folder.File("kek.json");
            case "x509":
                using (var certificate = RsaCertificates.Create())
                {
                    certificate.WritePem(_folder.File("kek.pem"), Secret);
                }

                return "x509:" + _folder.File("kek.pem");
            case "aws":
                return $"aws-kms:{(await MotoServer.Shared.CreateKeyAsync()).Arn}";
            case "token":
                SoftHsm.Shared.Admin.CreateAes(own);
                return SoftHsm.Uri(own);
            case "kmip":
                return (await KmipServer.Shared.CreateAsync()).Kek.Id;
            case "vault":
                return $"vault:transit/{await _vault.Value.CreateKeyAsync()}";
            case "azure":
                VaultDouble.Shared.Create(VaultDouble.VaultHost, own);
                return $"azure-kv:https://{VaultDouble.VaultHost}/keys/{own}";
            case "managed-hsm":
                VaultDouble.Shared.Create(VaultDouble.HsmHost, own, "oct-HSM", 256);
                return $"azure-kv:https://{VaultDouble.HsmHost}/keys/{own}";
            case "google":
                return $"gcp-kms:{GoogleDouble.Shared.Create().Name}";
            case "data-protection":
                return "data-protection:clinic";
            case "hierarchical":
                return "hierarchical:" + await CreateAsync("aws");
            default:
                throw new ArgumentException($"No backend is named {name}.", nameof(name));
        }
    }

    public void Dispose()
    {
        if (_vault.IsValueCreated)
        {
            _vault.Value.Dispose();
        }

        _ring.Dispose();
        _folder.Dispose();
    }
}
