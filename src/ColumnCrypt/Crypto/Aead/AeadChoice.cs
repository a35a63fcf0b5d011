using System.Runtime.Versioning;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// Chooses the provider: on Linux the libcrypto that .NET has loaded, once it has passed <see cref="AeadSelfTest"/> and <see cref="MacSelfTest"/>, else
/// <see cref="PortableAead"/>. Tested once in a process. Thread-safe.
/// </summary>
internal sealed record AeadChoice
{
    /// <summary>The environment variable that turns libcrypto off: <c>portable</c>; unset, empty or <c>auto</c> leaves the choice.</summary>
    public const string Variable = "COLUMNCRYPT_AEAD";

    private static readonly Lazy<AeadChoice> s_best = new(Find);

    private AeadChoice(AeadProvider provider, string? refusal)
    {
        Provider = provider;
        Refusal = refusal;
    }

    /// <summary>The best that this host has.</summary>
    public static AeadChoice Best => s_best.Value;

    /// <summary>The portable one, chosen by whoever configures.</summary>
    public static AeadChoice Portable { get; } = new(PortableAead.Instance, null);

    public AeadProvider Provider { get; }

    /// <summary>Why a libcrypto that should be there is not used, or null.</summary>
    public string? Refusal { get; }

    /// <summary>True where the environment variable asks for the portable one; null where it says neither that nor nothing.</summary>
    public static bool? IsTurnedOff(string? variable) => variable switch
    {
        null or "" or "auto" => false,
        "portable" => true,
        _ => null,
    };

    /// <summary>Puts a provider to the test; whatever is thrown on the way counts as failed, and is named in <see cref="Refusal"/>.</summary>
    internal static AeadChoice Try(Func<AeadProvider> open)
    {
        try
        {
            var provider = open();
            return (AeadSelfTest.FindFault(provider) ?? MacSelfTest.FindFault(provider)) is { } fault ? new AeadChoice(PortableAead.Instance, fault) : new AeadChoice(provider, null);
        }
        catch (Exception error)
        {
            return new AeadChoice(PortableAead.Instance, error.Message);
        }
    }

    private static AeadChoice Find() => OperatingSystem.IsLinux() ? Try(OpenLibcrypto) : Portable;

    [SupportedOSPlatform("linux")]
    private static LibcryptoAead OpenLibcrypto() => MappedLibcrypto.TryFind(out var library, out string? why)
        ? new LibcryptoAead(library.Export)
        : throw new DllNotFoundException(why);
}
