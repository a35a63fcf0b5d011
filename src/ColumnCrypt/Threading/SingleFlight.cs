namespace ColumnCrypt.Threading;

/// <summary>
/// Lets one caller do a piece of work while the others wait for its result. Thread-safe. The work is nobody's to cancel: a
/// caller that gives up leaves it to the rest.
/// </summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class SingleFlight<T>
{
    private readonly Lock _gate = new();
    private Task<T>? _flight;

    /// <summary>Joins the work under way, or starts it.</summary>
    public Task<T> RunAsync(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        Task<T> flight;
        lock (_gate)
        {
            // Started outside the caller's context: a flight must not carry one caller's activity, transaction or locale to another.
            flight = _flight ??= Start(work);
        }

        return flight.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until the work under way, if there is any, has ended in any way: what is run then has begun later than this call.</summary>
    public async Task EndedAsync()
    {
        Task? flight;
        lock (_gate)
        {
            flight = _flight;
        }

        await (flight ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task<T> Start(Func<Task<T>> work)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            return Task.Run(async () =>
            {
                try
                {
                    return await work().ConfigureAwait(false);
                }
                finally
                {
                    lock (_gate)
                    {
                        _flight = null;
                    }
                }
            });
        }
    }
}
