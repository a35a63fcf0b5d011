namespace ColumnCrypt.Kek.Dpapi;

/// <summary>Opens the KEKs of the Data Protection API of Windows: <c>dpapi:user/NAME</c>, <c>dpapi:machine/NAME</c>.</summary>
internal sealed class DpapiKekProvider : IKekProvider
{
    private const int MaximumNameLength = 200;

    public string Scheme => "dpapi";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var (ofMachine, name) = uri[(Scheme.Length + 1)..].Split('/') switch
        {
            ["user", var own] => (false, own),
            ["machine", var own] => (true, own),
            _ => (false, ""),
        };
        if (name.Length is 0 or > MaximumNameLength || name.Any(static character => char.IsControl(character) || char.IsWhiteSpace(character)))
        {
            throw new EncryptionModelException($"'{uri}' names no KEK: write dpapi:user/NAME or dpapi:machine/NAME, the name of 1 to {MaximumNameLength} characters without blanks and slashes.");
        }

        if (!OperatingSystem.IsWindows())
        {
            throw new EncryptionModelException($"{uri} is in the Data Protection API of Windows, and this process runs elsewhere. On Linux, use file:, keyring: or pkcs11: with a TPM.");
        }

        return options.IsTenantsOwn
            ? throw new EncryptionModelException($"{uri} is no tenant's own: whoever runs as this process, or on this machine, can unwrap with it.")
            : new DpapiKek(uri, name, ofMachine);
    }
}
