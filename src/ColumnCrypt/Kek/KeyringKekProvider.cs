namespace ColumnCrypt.Kek;

/// <summary>KEKs in the Linux kernel's keyrings: <c>keyring:NAME</c>. Registered by default.</summary>
internal sealed class KeyringKekProvider : IKekProvider
{
    public const string SchemeName = "keyring";

    private const string Prefix = "columncrypt:";
    private const int MaximumNameLength = 200;

    public string Scheme => SchemeName;

    /// <summary>What the kernel calls the key of a URI.</summary>
    /// <exception cref="EncryptionModelException">The URI is malformed.</exception>
    public static string DescriptionOf(string uri)
    {
        string name = uri[(SchemeName.Length + 1)..];
        return name.Length is > 0 and <= MaximumNameLength && name.All(static character => char.IsAscii(character) && !char.IsControl(character) && character is not (' ' or ':' or '/'))
            ? Prefix + name
            : throw new EncryptionModelException($"'{uri}' names no key: behind the colon stands a name of 1 to {MaximumNameLength} ASCII characters without blanks, slashes and colons, keyring:clinic.");
    }

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        string description = DescriptionOf(uri);
        if (!OperatingSystem.IsLinux() || !LinuxKeyring.IsSupported)
        {
            throw new EncryptionModelException($"{uri} is in a keyring of the Linux kernel on x64, Arm64, RISC-V or LoongArch, and this process runs elsewhere.");
        }

        return options.IsTenantsOwn
            ? throw new EncryptionModelException($"{uri} is no tenant's own: whoever runs as this process can read its keyrings.")
            : new KeyringKeyEncryptionKey(uri, description, options.Cipher);
    }
}
