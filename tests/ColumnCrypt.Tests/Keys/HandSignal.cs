using ColumnCrypt.Store;

namespace ColumnCrypt.Tests.Keys;

/// <summary>A signal that a test gives by hand, and makes fail. Thread-safe.</summary>
internal sealed class HandSignal : IGenerationSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _listening;
    private Action? _changed;
    private int _attempts;
    private int _ended;

    /// <summary>How often somebody began to listen.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>How often somebody ceased to listen because he was cancelled.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>True while an attempt fails at once.</summary>
    public bool Fails { get; set; }

    public bool IsListening
    {
        get
        {
            lock (_gate)
            {
                return _listening is { Task.IsCompleted: false };
            }
        }
    }

    public async Task ListenAsync(Action changed, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        if (Fails)
        {
            throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, "Switched by the test.");
        }

        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed();
        lock (_gate)
        {
            (_listening, _changed) = (listening, changed);
        }

        try
        {
            await listening.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _ended);
            throw;
        }
    }

    public void Raise() => _changed!();

    /// <summary>Ends the listening under way.</summary>
    public void Lose() => _listening!.SetException(new KeyUnavailableException(KeyUnavailableReason.Unavailable, "Lost by the test."));
}
