using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Kek;

/// <summary>What the configuration says about one KEK.</summary>
public sealed class KekOptions
{
    private readonly Dictionary<Type, object> _ofBackends = [];

    /// <summary>
    /// The passphrase of a <c>file:</c> KEK, or of the private key of an <c>x509:</c> one. Default: null, which takes it from <c>COLUMNCRYPT_PASSPHRASE</c> or from the file
    /// that <c>COLUMNCRYPT_PASSPHRASE_FILE</c> names.
    /// </summary>
    public string? Passphrase { get; set; }

    /// <summary>
    /// The shares of a <c>file:</c> KEK whose seal is shared (<see cref="FileKek.Split"/>), each as its line of text, as many as the threshold or more; those of other sets are
    /// passed over. Default: null, which takes them from the files that <c>COLUMNCRYPT_SHARE_FILES</c> names, separated as <c>PATH</c> is.
    /// </summary>
    public IReadOnlyList<string>? Shares { get; set; }

    /// <summary>True to take RSA keys from 2,048 bits on; else they have 3,072 bits or more. Default: false.</summary>
    public bool AllowWeakKek { get; set; }

    /// <summary>
    /// True for a tenant's own KEK: nothing is taken from the environment of the process, because what is there is another's credential.
    /// </summary>
    public bool IsTenantsOwn { get; internal init; }

    /// <summary>
    /// For the KEKs of <c>UseKek</c> and <c>AlsoUseKek</c>, where there are several. True to make a new key while this KEK is unavailable, as long as another one
    /// that unwraps here has wrapped it; the worker makes the wraps that are missing later (<c>KeyWorkerOptions.MaxRepairsPerSecond</c>). Default: false.
    /// </summary>
    public bool MayLag { get; set; }

    /// <summary>Timeouts, retries, circuit breaker and bounds of this KEK's calls, to be changed in place.</summary>
    public KekResilienceOptions Resilience { get; } = new();

    /// <summary>What a backend wants to know beyond this, in a class of its own; the same instance each time.</summary>
    /// <typeparam name="T">The backend's class of options.</typeparam>
    public T Of<T>()
        where T : class, new()
    {
        if (!_ofBackends.TryGetValue(typeof(T), out object? options))
        {
            _ofBackends.Add(typeof(T), options = new T());
        }

        return (T)options;
    }

    /// <summary>Whose AES-256-GCM a KEK of this process wraps with. Default: the portable one; the registry sets the instance's.</summary>
    internal AeadProvider Cipher { get; set; } = PortableAead.Instance;

    /// <summary>The size of an RSA key that is not weak, in bits.</summary>
    internal const int MinimumRsaBits = 3_072;
}
