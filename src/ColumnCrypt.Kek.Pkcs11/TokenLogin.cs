namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>How a KEK logs in to its token. Thread-safe under the token's lock.</summary>
/// <param name="read">Reads the PIN; null where the token needs none.</param>
/// <param name="isAlone">True for a tenant's own KEK: a login that somebody else in this process has made is not used.</param>
internal sealed class TokenLogin(Func<string?> read, bool isAlone)
{
    private (string? Value, bool IsRead) _pin;

    public bool IsAlone => isAlone;

    /// <summary>The PIN, read once: a login is kept as long as the process.</summary>
    public string? Pin()
    {
        if (!_pin.IsRead)
        {
            _pin = (read(), true);
        }

        return _pin.Value;
    }
}
