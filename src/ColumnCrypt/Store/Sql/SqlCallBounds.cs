namespace ColumnCrypt.Store.Sql;

/// <summary>What ends a call early: its time is up, or the caller has given up.</summary>
internal sealed class SqlCallBounds : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _giveUp;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopping;

    public SqlCallBounds(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        _deadline = new CancellationTokenSource(timeout, time);
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, caller);

        // A driver may call its server from within a cancellation; whoever cancels must not wait for that.
        _stopping = _giveUp.Token.UnsafeRegister(static stop => _ = ((CancellationTokenSource)stop!).CancelAsync(), _stop);
    }

    /// <summary>Ends the wait of the caller.</summary>
    public CancellationToken GiveUp => _giveUp.Token;

    /// <summary>Ends the work, right after <see cref="GiveUp"/>.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Ends the work when its time is up, whatever the caller does.</summary>
    public CancellationToken TooLate => _deadline.Token;

    /// <summary>Whether the time is up. May be asked after <see cref="Dispose"/>.</summary>
    public bool IsTooLate => _deadline.IsCancellationRequested;

    public void Dispose()
    {
        _stopping.Dispose();
        _giveUp.Dispose();
        _deadline.Dispose();
        _stop.Dispose();
    }
}
