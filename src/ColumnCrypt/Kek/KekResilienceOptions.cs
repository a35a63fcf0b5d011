namespace ColumnCrypt.Kek;

/// <summary>
/// How the calls of one KEK are guarded. Attempts, retries and the circuit breaker concern <see cref="KekCapabilities.Remote"/> KEKs alone; the
/// bounds on calls at once and per second concern every KEK. Validated when the KEK is opened.
/// </summary>
public sealed class KekResilienceOptions
{
    /// <summary>How long one attempt may take before it counts as unavailable. 50 ms or more; default 3 s. All attempts of a call together: <c>KeyBounds.KekTimeout</c>.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often an attempt is repeated that ended as unavailable; no other failure is ever repeated. 0 to 10; default 3.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>The pause before the first repetition, about: with jitter, and growing exponentially. 1 ms to 10 s; default 200 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many calls are under way at once to this KEK. 1 to 1,024; default: null, which is <c>KeyBounds.MaxConcurrentKekCalls</c>.</summary>
    public int? MaxConcurrentCalls { get; set; }

    /// <summary>How many attempts are begun in a second, at most; those beyond it wait. Above 0; default: null, no bound.</summary>
    public double? MaxCallsPerSecond { get; set; }

    /// <summary>
    /// The circuit breaker opens where 9 of 10 attempts of the last 10 s, and this many at least, were unavailable: then calls fail at once. 2 or
    /// more; default 8.
    /// </summary>
    public int BreakerThreshold { get; set; } = 8;

    /// <summary>How long the circuit breaker stays open before one call tries the KEK again. 500 ms or more; default 5 s.</summary>
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with these options, one sentence each.</summary>
    internal IEnumerable<string> Mistakes()
    {
        (bool Holds, string Rule)[] rules =
        [
            (AttemptTimeout >= TimeSpan.FromMilliseconds(50), "AttemptTimeout is 50 ms or more"),
            (MaxRetries is >= 0 and <= 10, "MaxRetries is 0 to 10"),
            (RetryDelay >= TimeSpan.FromMilliseconds(1) && RetryDelay <= TimeSpan.FromSeconds(10), "RetryDelay is 1 ms to 10 s"),
            (MaxConcurrentCalls is null or (>= 1 and <= 1024), "MaxConcurrentCalls is 1 to 1,024"),
            (MaxCallsPerSecond is null or (> 0 and <= 1_000_000), "MaxCallsPerSecond is above 0"),
            (BreakerThreshold >= 2, "BreakerThreshold is 2 or more"),
            (BreakerPause >= TimeSpan.FromMilliseconds(500) && BreakerPause <= TimeSpan.FromDays(1), "BreakerPause is 500 ms to 1 day"),
        ];
        return rules.Where(static rule => !rule.Holds).Select(static rule => rule.Rule);
    }
}
