namespace ColumnCrypt.Crypto;

/// <summary>Derives a 32-byte key from a passphrase. Immutable. Slow on purpose: a tenth of a second and more.</summary>
internal abstract record PasswordKdf
{
    /// <summary>The size of a salt: 32 bytes.</summary>
    public const int SaltSize = 32;

    /// <summary>The size of a derived key: 32 bytes.</summary>
    public const int KeySize = 32;

    /// <summary>The name in files.</summary>
    public abstract string Name { get; }

    /// <summary>The parameters in the order in which they are authenticated, each with its bounds.</summary>
    public abstract IReadOnlyList<PasswordKdfParameter> Parameters { get; }

    /// <summary>Derives the key.</summary>
    /// <param name="passphrase">The passphrase, in UTF-8.</param>
    /// <param name="salt">32 bytes.</param>
    /// <param name="key">Receives the key: 32 bytes.</param>
    /// <exception cref="PlatformNotSupportedException">This host cannot compute the function; the message says what to install.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its bounds.</exception>
    public void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltSize, nameof(salt));
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        foreach (var parameter in Parameters)
        {
            parameter.ThrowIfOutOfBounds();
        }

        DeriveCore(passphrase, salt, key);
    }

    private protected abstract void DeriveCore(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> key);
}
