using System.Collections.Concurrent;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>
/// Opens the KEKs of PKCS#11 tokens. Holds each module and each token once, because a login, and a PIN that was refused, are the whole process's.
/// </summary>
/// <param name="configure">Says how tokens are reached where a KEK does not say so itself; null for nothing.</param>
internal sealed class Pkcs11Provider(Action<Pkcs11Options>? configure) : IKekProvider
{
    private const int MaximumPinSize = 256;

    private readonly ConcurrentDictionary<string, Lazy<Cryptoki>> _modules = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Module, nuint Slot, string Serial), Token> _tokens = new();

    public string Scheme => "pkcs11";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var parsed = Pkcs11Uri.Parse(uri, Scheme);
        var own = new Pkcs11Options();
        configure?.Invoke(own);
        if (options.IsTenantsOwn)
        {
            (own.Pin, own.PinFile) = (null, null);
        }

        options.Of<Pkcs11Settings>().Configure?.Invoke(own);
        if (options.IsTenantsOwn && (parsed.PinFile is not null || (parsed.ModulePath is not null && parsed.ModulePath != own.ModulePath)))
        {
            throw new EncryptionModelException(
                $"{uri} is a tenant's own KEK: the configuration alone says which module this process loads for it, and where its PIN is. Take pin-source and module-path out of the URI, and set Pkcs11(token => …) in UseTenantKeks.");
        }

        string module = parsed.ModulePath ?? own.ModulePath ?? throw new EncryptionModelException($"'{uri}' needs a module: add ?module-path=/usr/lib/MODULE.so, or set ModulePath in AddPkcs11.");
        string? pinFile = parsed.PinFile ?? own.PinFile;
        if (own.MaxSessions is < 2 or > 1024)
        {
            throw new EncryptionModelException($"The MaxSessions of {uri} is 2 to 1,024.");
        }

        if (options.IsTenantsOwn && own.Pin is null && pinFile is null)
        {
            throw new EncryptionModelException($"{uri} is a tenant's own KEK and needs that tenant's PIN: set Pkcs11(token => token.Pin = …) in UseTenantKeks.");
        }

        if (parsed.IsKeyPair != (own.Mechanism == Pkcs11Mechanism.RsaOaepSha256) && own.Mechanism != Pkcs11Mechanism.Automatic)
        {
            throw new EncryptionModelException($"{uri}: RsaOaepSha256 is for type=private, AesGcm and AesKeyWrap are for type=secret-key.");
        }

        return new Pkcs11Kek(uri, parsed, own.Mechanism, options.AllowWeakKek, () => Find(uri, module, parsed, own.MaxSessions), new TokenLogin(() => Pin(uri, own.Pin, pinFile), options.IsTenantsOwn));
    }

    private Token Find(string uri, string modulePath, Pkcs11Uri wanted, int maxSessions)
    {
        var module = _modules.GetOrAdd(modulePath, static path => new Lazy<Cryptoki>(() => Cryptoki.Load(path), LazyThreadSafetyMode.PublicationOnly)).Value;
        var found = new List<(nuint Slot, TokenInfo Info)>();
        foreach (nuint slot in module.Slots())
        {
            var info = module.Token(slot);
            if (Matches(wanted.Token, info.Label) && Matches(wanted.Manufacturer, info.Manufacturer) && Matches(wanted.Serial, info.Serial) && Matches(wanted.Model, info.Model)
                && Matches(wanted.SlotId, slot.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            {
                found.Add((slot, info));
            }
        }

        return found switch
        {
            [var (slot, info)] => _tokens.GetOrAdd((modulePath, slot, info.Serial), _ => new Token(module, slot, Math.Min(maxSessions, info.SessionLimit ?? int.MaxValue))),
            [] => throw new KekException(KekFailure.Unavailable, $"No token is there that {uri} names. Insert or start it."),
            _ => throw new KekException(KekFailure.Denied, $"{found.Count} tokens are there that {uri} names. Say which, with serial= or slot-id=."),
        };
    }

    private static bool Matches(string? wanted, string actual) => wanted is null || wanted == actual;

    private static string? Pin(string uri, string? pin, string? pinFile)
    {
        string? found = pin is not null || pinFile is null ? pin : Read(uri, pinFile);
        return found is null or { Length: <= MaximumPinSize } ? found : throw new KekException(KekFailure.Denied, $"The PIN of {uri} has more than {MaximumPinSize} characters.");
    }

    private static string Read(string uri, string pinFile)
    {
        try
        {
            Span<char> beginning = stackalloc char[MaximumPinSize + 2];
            using var reader = new StreamReader(pinFile);
            int size = reader.ReadBlock(beginning);
            int end = beginning[..size].IndexOfAny('\r', '\n');
            return new string(beginning[..(end < 0 ? size : end)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KekException(KekFailure.Denied, $"The PIN file of {uri}, {pinFile}, cannot be read.", error);
        }
    }
}
