using System.Diagnostics;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Kek;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace ColumnCrypt.Keys;

/// <summary>
/// What stands before one KEK: slots and a rate for every KEK; for a remote one retries with jitter of what is transient, a circuit breaker, and
/// a timeout for each attempt. Thread-safe.
/// </summary>
internal sealed class KekGuard
{
    private static readonly TimeSpan s_sampling = TimeSpan.FromSeconds(10);

    private readonly string _kekId;
    private readonly KekResilienceOptions _options;
    private readonly SemaphoreSlim _slots;
    private readonly KekPace? _pace;
    private readonly ResiliencePipeline _call;
    private readonly ResiliencePipeline _attempt;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private long _cutOffUntil;
    private long _answeredAt;

    public KekGuard(IKeyEncryptionKey kek, KekResilienceOptions options, KeyBounds bounds, RingServices services)
    {
        _kekId = kek.Id;
        _options = options;
        _time = services.Time;
        _timeout = bounds.KekTimeout;
        _answeredAt = Stopwatch.GetTimestamp();

        // The layer of intermediate keys calls its inner KEK, which has slots of its own, where it calls at all.
        _slots = new SemaphoreSlim(kek is HierarchicalKek ? int.MaxValue : options.MaxConcurrentCalls ?? bounds.MaxConcurrentKekCalls);
        _pace = options.MaxCallsPerSecond is { } rate ? new KekPace(rate, bounds.KekTimeout, services.Time) : null;
        bool isRemote = kek.Capabilities.HasFlag(KekCapabilities.Remote);
        _call = isRemote ? Repeated(services) : ResiliencePipeline.Empty;
        _attempt = isRemote ? new ResiliencePipelineBuilder { TimeProvider = services.Time }.AddTimeout(options.AttemptTimeout).Build() : ResiliencePipeline.Empty;
    }

    /// <summary>True until the pause of an open circuit is over: calls fail at once.</summary>
    public bool IsCutOff => _time.GetUtcNow().UtcTicks < Volatile.Read(ref _cutOffUntil);

    /// <summary>Waits for a slot, for as long as the KEK answers others; disposing of it gives it back.</summary>
    /// <exception cref="KekException">It has answered nobody for <see cref="KeyBounds.KekTimeout"/>.</exception>
    public async ValueTask<Slot> EnterAsync(CancellationToken cancellationToken)
    {
        long arrivedAt = Stopwatch.GetTimestamp();
        while (!_slots.Wait(0, CancellationToken.None))
        {
            var left = LeftSince(arrivedAt);
            if (left <= TimeSpan.Zero)
            {
                throw new KekException(KekFailure.Unavailable, $"{_kekId} answered none of the calls that are before this one within {_timeout.TotalSeconds:0.###} s.");
            }

            // It may answer somebody else meanwhile.
            if (await _slots.WaitAsync(left, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return new Slot(_slots, LeftSince(arrivedAt));
    }

    // What is left of the timeout of a call: it runs anew with every answer. Slots are waited for in the time of the machine, as they are held.
    private TimeSpan LeftSince(long arrivedAt) => _timeout - Stopwatch.GetElapsedTime(Math.Max(arrivedAt, Volatile.Read(ref _answeredAt)));

    /// <summary>Runs a call behind the guard.</summary>
    /// <exception cref="KekException">The KEK's own; or unavailable, where an attempt took too long or the circuit is open.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _call.ExecuteAsync(static (run, token) => run.Guard.AttemptAsync(run.Call, token), (Guard: this, Call: call), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _answeredAt, Stopwatch.GetTimestamp());
            return result;
        }
        catch (KekException error) when (!error.IsTransient)
        {
            Volatile.Write(ref _answeredAt, Stopwatch.GetTimestamp());
            throw;
        }
        catch (TimeoutRejectedException error)
        {
            throw new KekException(KekFailure.Unavailable, $"{_kekId} did not answer within {_options.AttemptTimeout.TotalSeconds:0.###} s.", error);
        }
        catch (BrokenCircuitException error)
        {
            throw new KekException(KekFailure.Unavailable, $"{_kekId} did not answer before, and is tried again in {_options.BreakerPause.TotalSeconds:0.###} s at the latest.", error);
        }
    }

    private async ValueTask<T> AttemptAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        if (_pace is not null && !await _pace.TryWaitAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new KekException(KekFailure.Unavailable, $"More calls wait for {_kekId} than its MaxCallsPerSecond lets through in time.");
        }

        return await _attempt.ExecuteAsync(static (call, token) => call(token), call, cancellationToken).ConfigureAwait(false);
    }

    private ResiliencePipeline Repeated(RingServices services)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = services.Time };
        if (_options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static attempt => ValueTask.FromResult(IsUnavailable(attempt.Outcome.Exception)),
                MaxRetryAttempts = _options.MaxRetries,
                Delay = _options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = retry =>
                {
                    services.Metrics.KekRetried();
                    services.Logger.KekRetried(_kekId, retry.AttemptNumber + 2, retry.RetryDelay);
                    return ValueTask.CompletedTask;
                },
            });
        }

        return builder
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = static attempt => ValueTask.FromResult(IsUnavailable(attempt.Outcome.Exception)),
                FailureRatio = 0.9,
                MinimumThroughput = _options.BreakerThreshold,
                SamplingDuration = s_sampling,
                BreakDuration = _options.BreakerPause,
                OnOpened = opened =>
                {
                    Volatile.Write(ref _cutOffUntil, (services.Time.GetUtcNow() + opened.BreakDuration).UtcTicks);
                    services.Metrics.KekCircuit(1);
                    services.Logger.KekCircuitOpened(_kekId, opened.BreakDuration);
                    return ValueTask.CompletedTask;
                },
                OnHalfOpened = _ =>
                {
                    services.Metrics.KekCircuit(-1);
                    return ValueTask.CompletedTask;
                },
                OnClosed = _ =>
                {
                    Volatile.Write(ref _cutOffUntil, 0);
                    services.Logger.KekCircuitClosed(_kekId);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    private static bool IsUnavailable(Exception? error) => error is TimeoutRejectedException or KekException { Failure: KekFailure.Unavailable };

    /// <summary>A slot that is held.</summary>
    public readonly struct Slot(SemaphoreSlim slots, TimeSpan left) : IDisposable
    {
        /// <summary>How long its call may take.</summary>
        public TimeSpan Left => left > TimeSpan.Zero ? left : TimeSpan.Zero;

        public void Dispose() => slots.Release();
    }
}
