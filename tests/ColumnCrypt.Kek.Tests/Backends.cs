using ColumnCrypt.Kek.Tests.AwsKms;
using ColumnCrypt.Kek.Tests.AzureKeyVault;
using ColumnCrypt.Kek.Tests.DataProtection;
using ColumnCrypt.Kek.Tests.GoogleKms;
using ColumnCrypt.Kek.Tests.Keyring;
using ColumnCrypt.Kek.Tests.Kmip;
using ColumnCrypt.Kek.Tests.MlKem;
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
    private readonly List<string> _keyring = [];
    private readonly Lazy<VaultServer> _vault = new(static () => new VaultServer());
    private IReadOnlyList<string>? _shares;

    /// <summary>The names that <see cref="CreateAsync"/> knows, but for "mlkem", which needs more than every platform has.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "file", "shares", "x509", "keyring", "dpapi", "data-protection",
        "token", "opencryptoki", "tpm", "kmip", "aws", "vault", "azure", "managed-hsm", "google", "hierarchical",
    ];

    /// <summary>True for a backend whose KEKs wrap with a public key: the installation must be made under another one and pinned.</summary>
    public static bool WrapsPublicly(string name) => name is "x509" or "mlkem" or "opencryptoki" or "tpm" or "azure" or "managed-hsm";

    /// <summary>The KEK that an application uses; one that goes with the machine has a lasting one beside it.</summary>
    public ColumnCryptBuilder Use(ColumnCryptBuilder builder, string uri)
    {
        builder.UseKek(uri, Unseal);
        return uri.StartsWith("keyring:", StringComparison.Ordinal) ? builder.EscrowTo("x509:" + _folder.File("escrow.pem")) : builder;
    }

    public void Unseal(KekOptions options)
    {
        options.Shares = _shares;
        options.Passphrase = _shares is null ? Secret : null;

        // The TPM in software makes RSA keys of 2,048 bits.
        options.AllowWeakKek = true;
    }

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
            case "shares":
                FileKek.Create(_folder.File("shared.json"), Secret, new FileKekOptions { Iterations = 100_000 });
                FileKek.Split(_folder.File("shared.json"), Secret, 5, 3, made => _shares = [made[0], made[2], made[4]]);
                return "file:" + _folder.File("shared.json");
            case "x509":
                using (var certificate = RsaCertificates.Create())
                {
                    certificate.WritePem(_folder.File("kek.pem"), Secret);
                }

                return "x509:" + _folder.File("kek.pem");
            case "mlkem":
                MlKemSupport.SkipWhereMissing();
                MlKemKek.Create(_folder.File("mlkem.json"), Secret);
                return "mlkem:" + _folder.File("mlkem.json");
            case "keyring":
                TestKeyring.SkipWhereMissing();
                using (var certificate = RsaCertificates.Create())
                {
                    certificate.WritePublic(_folder.File("escrow.pem"));
                }

                TestKeyring.Create(own);
                _keyring.Add(own);
                return "keyring:" + own;
            case "dpapi":
                Assert.SkipUnless(OperatingSystem.IsWindows(), "The Data Protection API is Windows'.");
                return "dpapi:user/" + own;
            case "aws":
                return $"aws-kms:{(await MotoServer.Shared.CreateKeyAsync()).Arn}";
            case "token":
                SoftHsm.Shared.Admin.CreateAes(own);
                return SoftHsm.Uri(own);
            case "opencryptoki":
                OpenCryptoki.Shared.Admin.CreateRsa(own, 3_072);
                return OpenCryptoki.Uri(own);
            case "tpm":
                _ = Tpm.Shared;
                return Tpm.Uri("kek");
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

        _keyring.ForEach(TestKeyring.Unlink);
        _ring.Dispose();
        _folder.Dispose();
    }
}
