using System.Diagnostics;
using ColumnCrypt.Kek.Pkcs11;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>SoftHSM 2 with a folder of tokens of this test process. The module is the process's, so there is one.</summary>
internal sealed class SoftHsm
{
    public const string Pin = "123456";

    private const string Module = "/usr/lib/softhsm/libsofthsm2.so";

    private static readonly Lazy<SoftHsm> s_shared = new(static () => new SoftHsm());

    private readonly TempFolder _folder = new();

    private SoftHsm()
    {
        if (!File.Exists(Module))
        {
            RequiredServers.Missing("SoftHSM is not installed: apt install softhsm2.");
        }

        Directory.CreateDirectory(_folder.File("tokens"));
        File.WriteAllText(_folder.File("softhsm2.conf"), $"directories.tokendir = {_folder.File("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n");

        NativeEnvironment.Set("SOFTHSM2_CONF", _folder.File("softhsm2.conf"));
        Initialise("columncrypt", Pin);
        Initialise("another", "654321");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _folder.Dispose();
        Admin = AdminOf("columncrypt", Pin);
    }

    public static SoftHsm Shared => s_shared.Value;

    public static string ModulePath => Module;

    public TokenAdmin Admin { get; }

    public static string Uri(string label, string token = "columncrypt") => $"pkcs11:token={token};object={label}?module-path={Module}";

    /// <summary>Opens a KEK on the token.</summary>
    public static IKeyEncryptionKey Open(string uri, Pkcs11Mechanism mechanism = Pkcs11Mechanism.Automatic, bool allowWeak = false, string pin = Pin) =>
        Open(new Pkcs11Provider(null), uri, mechanism, allowWeak, pin);

    public static IKeyEncryptionKey Open(Pkcs11Provider provider, string uri, Pkcs11Mechanism mechanism = Pkcs11Mechanism.Automatic, bool allowWeak = false, string pin = Pin)
    {
        var options = new KekOptions { AllowWeakKek = allowWeak };
        options.Of<Pkcs11Settings>().Configure = own => (own.Pin, own.Mechanism) = (pin, mechanism);
        return provider.Open(uri, options);
    }

    public static TokenAdmin AdminOf(string token, string pin)
    {
        var module = Cryptoki.Load(Module);
        return new TokenAdmin(Module, module.Slots().Single(slot => module.Token(slot).Label == token), pin);
    }

    private static void Initialise(string token, string pin)
    {
        using var process = Process.Start(new ProcessStartInfo("softhsm2-util", ["--init-token", "--free", "--label", token, "--so-pin", "87654321", "--pin", pin]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
