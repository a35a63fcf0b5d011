using ColumnCrypt.Kek.Pkcs11;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>The software token of openCryptoki, a module that has nothing to do with SoftHSM. Its daemon and its token are the machine's, so there is one.</summary>
internal sealed class OpenCryptoki
{
    private const string Module = "/usr/lib/x86_64-linux-gnu/pkcs11/libopencryptoki.so";
    private const string Label = "columncrypt";
    private const string Pin = "123456";
    private const string PidFile = "/run/pkcsslotd.pid";
    private const nuint Slot = 3;
    private const nuint IsInitialised = 0x400;

    private static readonly Pkcs11Provider s_provider = new(null);
    private static readonly Lazy<OpenCryptoki> s_shared = new(static () => new OpenCryptoki());

    private OpenCryptoki()
    {
        if (!File.Exists(Module) || !Environment.IsPrivilegedProcess)
        {
            RequiredServers.Missing("openCryptoki is not installed, or this is not root: apt install opencryptoki.");
        }

        if (!Runs())
        {
            File.Delete(PidFile);
            var daemon = ServerProcess.Start(Runs, new Dictionary<string, string>(), "/usr/sbin/pkcsslotd", "-f");
            AppDomain.CurrentDomain.ProcessExit += (_, _) => daemon.Dispose();
        }

        var token = Cryptoki.Load(Module).Token(Slot);
        Admin = new TokenAdmin(Module, Slot, Pin);
        if ((token.Flags & IsInitialised) == 0)
        {
            Admin.Initialise(Label, "87654321");
        }
        else if (token.Label != Label)
        {
            RequiredServers.Missing("The software token of openCryptoki is somebody's.");
        }
    }

    public static OpenCryptoki Shared => s_shared.Value;

    public TokenAdmin Admin { get; }

    public static string Uri(string label, string token = Label) => $"pkcs11:token={token};object={label};type=private?module-path={Module}";

    public static IKeyEncryptionKey Open(string uri, string pin = Pin)
    {
        var options = new KekOptions();
        options.Of<Pkcs11Settings>().Configure = own => own.Pin = pin;
        return s_provider.Open(uri, options);
    }

    private static bool Runs() => File.Exists(PidFile) && File.ReadAllText(PidFile).Trim() is { Length: > 0 } pid && Directory.Exists($"/proc/{pid}");
}
