namespace ColumnCrypt.Rewrap;

/// <summary>What a rewrap moves where. Immutable.</summary>
/// <param name="To">The URI of the new KEK, which the configuration must allow.</param>
public sealed record RewrapOptions(string To)
{
    /// <summary>The most tenants that <see cref="Tenants"/> may name.</summary>
    internal const int MaxTenants = 1_000;

    /// <summary>
    /// The URI of the old KEK; null, the default, for every KEK but <see cref="To"/>. With null nothing is dropped of a KEK that the
    /// configuration does not allow, or that wraps with a public key: it may be an escrow, and goes only where it is named.
    /// </summary>
    public string? From { get; init; }

    /// <summary>
    /// The tenants whose keys are worked on: 1 to 1,000, "" for the keys of no tenant. Null, the default, for all. Whatever is named, the
    /// installation key gets its new wrap too, for nobody reads any key without it. Tenants that have a KEK of their own are left alone, unless
    /// <see cref="To"/> is that one; then they alone are worked on.
    /// </summary>
    public IReadOnlySet<string>? Tenants { get; init; }

    /// <summary>Which of the two runs. Default: <see cref="RewrapPhase.Add"/>.</summary>
    public RewrapPhase Phase { get; init; }

    /// <summary>True to count and change nothing. Default: false.</summary>
    public bool DryRun { get; init; }

    /// <summary>True to drop old wraps although a live node has not yet unwrapped through the new KEK. Default: false.</summary>
    public bool Force { get; init; }

    /// <summary>How many keys a second at most; null, the default, for no limit. 0.05 or more.</summary>
    public double? MaxPerSecond { get; init; }

    /// <summary>How many keys a batch has, each batch one transaction. 1 to 1,000; default 500.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>True where a key that has a wrap under <see cref="To"/>, proved or not, is left as it is, and costs no call and none of the rate.</summary>
    internal bool OnlyMissing { get; init; }

    /// <summary>True while the tenants named are given <see cref="To"/> as their KEK, whichever their rows still name.</summary>
    internal bool ChangesPolicy { get; init; }

    // A batch that waits for its rate must be done well before its lease is.
    internal int EffectiveBatchSize => MaxPerSecond is { } rate ? (int)Math.Clamp(rate * 20, 1, BatchSize) : BatchSize;

    /// <summary>How many KEK calls in a row may be denied before the rewrap stops. 1 or more; default 10.</summary>
    public int StopAfterDenied { get; init; } = 10;

    /// <summary>The part of the keys that is worked on, from 0, of <see cref="Partitions"/>. Default: 0.</summary>
    public int Partition { get; init; }

    /// <summary>Into how many parts, by key id, the keys are divided. 1 to 256; default 1.</summary>
    public int Partitions { get; init; } = 1;
}
