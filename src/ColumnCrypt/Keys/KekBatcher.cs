using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>
/// Gathers the KEK calls of keys that are moved side by side: once every mover waits for one, they are made, those of one kind to one KEK together. A mover
/// knows nothing of the others. Thread-safe.
/// </summary>
/// <param name="calls">Makes the calls.</param>
internal sealed class KekBatcher(KekCalls calls)
{
    private readonly Lock _gate = new();
    private readonly KekQueue<WrapInput, WrappedKey> _wraps = new(calls, "wrap", static (kek, inputs, token) => kek.WrapManyAsync(inputs, token), static input => input.Context);
    private readonly KekQueue<UnwrapInput, int> _unwraps = new(calls, "unwrap", static (kek, inputs, token) => kek.UnwrapManyAsync(inputs, token), static input => input.Context);
    private readonly KekQueue<RewrapInput, WrappedKey> _rewraps = new(calls, "rewrap", static (kek, inputs, token) => kek.RewrapManyAsync(inputs, token), static input => input.Context);
    private int _running;

    /// <summary>Runs movers side by side, and waits for all of them.</summary>
    public Task RunAsync(IEnumerable<Func<Task>> movers)
    {
        Func<Task>[] all = [.. movers];
        Resume(all.Length);
        return Task.WhenAll(all.Select(mover => Task.Run(async () =>
        {
            try
            {
                await mover().ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }
        })));
    }

    public Task<WrappedKey> WrapAsync(IKeyEncryptionKey kek, WrapInput input) => Add(_wraps, kek, input);

    public Task<int> UnwrapAsync(IKeyEncryptionKey kek, UnwrapInput input) => Add(_unwraps, kek, input);

    public Task<WrappedKey> RewrapAsync(IKeyEncryptionKey kek, RewrapInput input) => Add(_rewraps, kek, input);

    private Task<TOutput> Add<TInput, TOutput>(KekQueue<TInput, TOutput> queue, IKeyEncryptionKey kek, TInput input)
    {
        lock (_gate)
        {
            if (_running == 0)
            {
                throw new InvalidOperationException("A call was added that no mover makes: nothing would ever send it.");
            }

            var result = queue.Add(kek, input);
            Waits();
            return result;
        }
    }

    private void Resume(int movers)
    {
        lock (_gate)
        {
            _running += movers;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            Waits();
        }
    }

    // Under the lock.
    private void Waits()
    {
        if (--_running == 0)
        {
            _wraps.Send(Resume);
            _unwraps.Send(Resume);
            _rewraps.Send(Resume);
        }
    }
}
