using ColumnCrypt.Kek.Pkcs11;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>A TPM 2.0, swtpm, behind tpm2-pkcs11. Its module is the process's, so there is one. Its keys: kek, another.</summary>
internal sealed class Tpm
{
    private const string Module = "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so";
    private const string Pin = "123456";

    private static readonly Pkcs11Provider s_provider = new(null);
    private static readonly Lazy<Tpm> s_shared = new(static () => new Tpm());

    private readonly TempFolder _folder = new();

    private Tpm()
    {
        if (!File.Exists(Module) || !File.Exists("/usr/bin/swtpm") || !File.Exists("/usr/sbin/tpm2-abrmd") || !File.Exists("/usr/bin/tpm2_ptool"))
        {
            RequiredServers.Missing("The TPM in software is not installed: run .ci/install-servers as root.");
        }

        NativeEnvironment.Set("TPM2_PKCS11_STORE", _folder.File("store"));
        NativeEnvironment.Set("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session");
        NativeEnvironment.Set("TPM2TOOLS_TCTI", "tabrmd:bus_type=session");
        NativeEnvironment.Set("DBUS_SESSION_BUS_ADDRESS", $"unix:path={_folder.File("bus")}");
        NativeEnvironment.Set("TPM2_PKCS11_LOG_LEVEL", "0");
        NativeEnvironment.Set("TSS2_LOG", "all+NONE");
        var server = ServerProcess.Start(
            () => File.Exists(_folder.File("ready")),
            new Dictionary<string, string>(),
            "/bin/bash", Path.Combine(AppContext.BaseDirectory, "tpm.sh"), _folder.Path, Pin);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.Dispose();
            _folder.Dispose();
        };
    }

    public static Tpm Shared => s_shared.Value;

    public static string Uri(string label, string token = "columncrypt") => $"pkcs11:token={token};object={label};type=private?module-path={Module}";

    public static IKeyEncryptionKey Open(string uri, string pin = Pin)
    {
        var options = new KekOptions { AllowWeakKek = true };
        options.Of<Pkcs11Settings>().Configure = own => own.Pin = pin;
        return s_provider.Open(uri, options);
    }
}
