namespace ColumnCrypt.Keys;

/// <summary>Lets so many begin in a second, evenly, and the rest wait their turn, but none in vain. Thread-safe.</summary>
/// <param name="perSecond">How many.</param>
/// <param name="longest">How long one waits at most: a turn that comes later is not taken.</param>
/// <param name="time">The clock.</param>
internal sealed class KekPace(double perSecond, TimeSpan longest, TimeProvider time)
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / perSecond);
    private readonly Lock _gate = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Waits for the turn; false at once where it would come too late.</summary>
    public async ValueTask<bool> TryWaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var turn = _next > now ? _next : now;
            wait = turn - now;
            if (wait > longest)
            {
                return false;
            }

            _next = turn + _interval;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }
}
