namespace ColumnCrypt.Kek;

/// <summary>What a KEK backend can do beyond wrap and unwrap.</summary>
[Flags]
public enum KekCapabilities
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Rewraps on the server, so that the key's bytes never leave it.</summary>
    ServerSideRewrap = 1,

    /// <summary>Wraps with a public key, so that anybody can make a wrap: the installation must be pinned.</summary>
    PublicWrap = 2,

    /// <summary>Has versions of its own: a wrap names the one that made it.</summary>
    Versions = 4,

    /// <summary>Lives in this process alone: gone with it.</summary>
    Ephemeral = 8,

    /// <summary>
    /// Holds the public half of a key pair alone: wraps, and leaves it to others to unwrap. Known once the KEK has been opened, by a first call.
    /// </summary>
    WrapOnly = 16,

    /// <summary>Answers over a network, or from a device: its calls are retried where that is sensible, behind a circuit breaker.</summary>
    Remote = 32,

    /// <summary>Lives in the memory of this machine: gone when it restarts. Wraps new keys only where each is wrapped under a lasting KEK as well.</summary>
    Volatile = 64,
}
