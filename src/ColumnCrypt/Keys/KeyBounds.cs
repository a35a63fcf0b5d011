namespace ColumnCrypt.Keys;

/// <summary>The bounds of one instance. Validated once, when the instance is built; every mistake is named at once.</summary>
public sealed class KeyBounds
{
    /// <summary>A state change of a key is in force on every node after this time. 1 s to 1 h; default 60 s.</summary>
    public TimeSpan RevocationBound { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the generation counter is read. 100 ms up to half of <see cref="RevocationBound"/>; default 10 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a ring is used before it is read and unwrapped again, ± 10 %, ahead of need. 1 s or more; default 15 min.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A ring that nobody used for so long is evicted. 1 s or more; default 30 min.</summary>
    public TimeSpan IdleEviction { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long cached keys serve on while the KEK is unavailable. <see cref="RefreshInterval"/> or more; default 1 h.</summary>
    public TimeSpan StaleLimit { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a key id that nobody owns is remembered as such. Default 5 s.</summary>
    public TimeSpan UnknownKeyMemory { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many keys are cached. 1 or more; default 100,000.</summary>
    public int MaxCachedKeys { get; set; } = 100_000;

    /// <summary>
    /// How many cipher contexts are kept, of about 1.6 KB each: one per data key, column and thread at once. Beyond it the least recently used go
    /// and are made anew when needed. 1 or more; default 100,000.
    /// </summary>
    public int MaxCipherContexts { get; set; } = 100_000;

    /// <summary>How many calls are under way at once to one KEK, where its own options say nothing else. 1 to 1,024; default 16.</summary>
    public int MaxConcurrentKekCalls { get; set; } = 16;

    /// <summary>How long one KEK call may take, with all its attempts, before it counts as unavailable. 100 ms or more; default 10 s.</summary>
    public TimeSpan KekTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many uses a DEK has, a use being 64 KiB begun (NIST SP 800-38D, section 8.3). At most 2^31, the default.
    /// </summary>
    public long UseLimit { get; set; } = 1L << 31;

    /// <summary>At how many reserved uses a DEK is rotated by itself. Below <see cref="UseLimit"/>; default 2^30.</summary>
    public long RotateAtUses { get; set; } = 1L << 30;

    /// <summary>How many keys are wrapped under one intermediate key of a <c>hierarchical:</c> KEK. 1 to 65,536, the default.</summary>
    public int MaxKeysPerIntermediate { get; set; } = 65_536;

    /// <summary>
    /// How long a DEK should encrypt before it is rotated (NIST SP 800-57 part 1, section 5.3.6); a warning is logged from 90 % of
    /// it on. 1 day or more; default 365 days.
    /// </summary>
    public TimeSpan Cryptoperiod { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Whether a node that uses a DEK publishes its successor by itself once the cryptoperiod has passed. Default: yes.</summary>
    public bool RotateAtCryptoperiod { get; set; } = true;

    /// <summary>How many bytes of key memory are locked into RAM where the system allows it; 0 locks none. Default 1 MiB.</summary>
    public long LockedMemoryLimit { get; set; } = 1L << 20;
}
