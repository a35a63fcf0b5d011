using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>Inputs of one kind of call that wait to be sent together, by KEK. Used under the lock of its <see cref="KekBatcher"/>.</summary>
/// <param name="calls">Makes the calls.</param>
/// <param name="operation">Their name in metrics.</param>
/// <param name="call">Calls a KEK with some inputs.</param>
/// <param name="contextOf">What an input is bound to.</param>
internal sealed class KekQueue<TInput, TOutput>(
    KekCalls calls,
    string operation,
    Func<IKeyEncryptionKey, IReadOnlyList<TInput>, CancellationToken, ValueTask<IReadOnlyList<KekOutcome<TOutput>>>> call,
    Func<TInput, WrapContext> contextOf)
{
    private readonly Dictionary<IKeyEncryptionKey, List<(TInput Input, TaskCompletionSource<TOutput> Result)>> _waiting = new(ReferenceEqualityComparer.Instance);

    /// <summary>Adds an input.</summary>
    /// <returns>What becomes of it, once it was sent.</returns>
    public Task<TOutput> Add(IKeyEncryptionKey kek, TInput input)
    {
        if (!_waiting.TryGetValue(kek, out var waiting))
        {
            _waiting.Add(kek, waiting = []);
        }

        var result = new TaskCompletionSource<TOutput>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((input, result));
        return result.Task;
    }

    /// <summary>Begins the calls of all that waits.</summary>
    /// <param name="resuming">Told how many inputs are about to be answered.</param>
    public void Send(Action<int> resuming)
    {
        foreach (var (kek, waiting) in _waiting)
        {
            foreach (var batch in waiting.Chunk(Math.Max(1, kek.MaxBatchSize)))
            {
                _ = Task.Run(() => SendAsync(kek, batch, resuming));
            }
        }

        _waiting.Clear();
    }

    // Whatever happens is passed on to who waits.
    private async Task SendAsync(IKeyEncryptionKey kek, (TInput Input, TaskCompletionSource<TOutput> Result)[] batch, Action<int> resuming)
    {
        IReadOnlyList<KekOutcome<TOutput>>? outcomes = null;
        Exception? failure = null;
        try
        {
            TInput[] inputs = [.. batch.Select(static waiting => waiting.Input)];
            outcomes = [.. await calls.RunAsync(operation, kek, null, token => call(kek, inputs, token), CancellationToken.None).ConfigureAwait(false)];
            if (outcomes.Count != batch.Length)
            {
                throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"The KEK {kek.Id} gave {outcomes.Count} results for {batch.Length} keys.");
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        resuming(batch.Length);
        for (int i = 0; i < batch.Length; i++)
        {
            if (failure is null)
            {
                Answer(kek, batch[i].Input, outcomes![i], batch[i].Result);
            }
            else
            {
                batch[i].Result.SetException(failure);
            }
        }
    }

    private void Answer(IKeyEncryptionKey kek, TInput input, KekOutcome<TOutput> outcome, TaskCompletionSource<TOutput> result)
    {
        if (outcome.Error is { } error)
        {
            result.SetException(KekCalls.Translate(error, kek, contextOf(input)));
        }
        else
        {
            result.SetResult(outcome.Value!);
        }
    }
}
