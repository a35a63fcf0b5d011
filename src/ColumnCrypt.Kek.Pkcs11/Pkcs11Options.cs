namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>How a token is reached. What the URI says itself goes first.</summary>
public sealed class Pkcs11Options
{
    /// <summary>The PKCS#11 module, a shared library. Default: null; then the URI names it with <c>module-path</c>.</summary>
    public string? ModulePath { get; set; }

    /// <summary>The user's PIN. Default: null, which reads it from <see cref="PinFile"/>, or from the URI's <c>pin-source</c>. A wrong one is tried once in the life of a process.</summary>
    public string? Pin { get; set; }

    /// <summary>A file with the PIN on its first line, read when the token is first needed. Default: null.</summary>
    public string? PinFile { get; set; }

    /// <summary>How keys are wrapped. Default: what the token has, AES-GCM before AES key wrap; RSA-OAEP where the URI says <c>type=private</c>.</summary>
    public Pkcs11Mechanism Mechanism { get; set; }

    /// <summary>How many sessions are open at once, one of them for the login. 2 to 1,024; default 17. Fewer where the token allows fewer.</summary>
    public int MaxSessions { get; set; } = 17;
}
