using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>
/// A token: its login, once for all, and a pool of sessions, each of which one call has to itself. A session that has seen an error is closed, not used again. A token that was reset is logged
/// in to anew; a PIN that was refused is never tried again. Thread-safe.
/// </summary>
/// <param name="module">The module.</param>
/// <param name="slot">The slot that it is in.</param>
/// <param name="maxSessions">How many sessions are open at once, the login's included.</param>
internal sealed class Token(Cryptoki module, nuint slot, int maxSessions)
{
    private const int UnderWay = 0;
    private const int GivenUp = 1;
    private const int Done = 2;

    private readonly SemaphoreSlim _free = new(Math.Max(1, maxSessions - 1));
    private readonly Lock _gate = new();
    private readonly Stack<nuint> _idle = [];
    private MechanismType[]? _mechanisms;
    private nuint? _loginSession;
    private string? _pin;
    private KekException? _pinRefused;
    private long _epoch;

    /// <summary>How many sessions are open and idle, or hold the login.</summary>
    public int OpenSessions
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count + (_loginSession is null ? 0 : 1);
            }
        }
    }

    /// <summary>Counts the logins: handles of objects hold for one of them.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    public bool Has(MechanismType mechanism)
    {
        lock (_gate)
        {
            _mechanisms ??= module.Mechanisms(slot);
            return _mechanisms.Contains(mechanism);
        }
    }

    /// <summary>Runs a call in a session that it has to itself, on a thread of its own: the module blocks, and the threads of the pool are the application's.</summary>
    /// <param name="login">Whose call it is.</param>
    /// <param name="call">The call; what it gives back is disposed of where nobody waits for it any more.</param>
    /// <param name="input">What the call uses, disposed of once it has ended, or where it is not begun; null for nothing.</param>
    /// <param name="cancellationToken">Ends the wait; a call that the module has begun goes on, and its session stays taken until then.</param>
    /// <exception cref="CryptokiException">The module's error.</exception>
    /// <exception cref="KekException">The PIN was refused, or is another's.</exception>
    public async Task<T> RunAsync<T>(TokenLogin login, Func<Cryptoki, nuint, T> call, IDisposable? input, CancellationToken cancellationToken)
    {
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            input?.Dispose();
            throw;
        }

        int ended = UnderWay;
        var running = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    var result = Run(login, call);
                    if (Interlocked.CompareExchange(ref ended, Done, UnderWay) == GivenUp)
                    {
                        (result as IDisposable)?.Dispose();
                    }

                    return result;
                }
                finally
                {
                    input?.Dispose();
                    _free.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Interlocked.CompareExchange(ref ended, GivenUp, UnderWay) == Done)
        {
            return await running.ConfigureAwait(false);
        }
    }

    /// <summary>Closes the idle sessions, and logs out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            Forget();
        }
    }

    private T Run<T>(TokenLogin login, Func<Cryptoki, nuint, T> call)
    {
        nuint session = Take(login);
        try
        {
            var result = call(module, session);
            Return(session);
            return result;
        }
        catch (CryptokiException error)
        {
            Drop(session, error.Value);
            throw;
        }
        catch
        {
            Return(session);
            throw;
        }
    }

    private nuint Take(TokenLogin login)
    {
        lock (_gate)
        {
            LogIn(login);
            return _idle.TryPop(out nuint session) ? session : module.Open(slot);
        }
    }

    private void LogIn(TokenLogin login)
    {
        if (_pinRefused is { } refused)
        {
            throw new KekException(refused.Failure, refused.Message, refused);
        }

        string? pin = login.Pin();

        // The login is the process's: who has another PIN may not ride on it.
        if (_epoch > 0 && pin != _pin)
        {
            throw new KekException(KekFailure.Denied, "This process is logged in to the token with another PIN. Use a token for each identity.");
        }

        if (_loginSession is not null)
        {
            return;
        }

        nuint session = module.Open(slot);
        try
        {
            // Where it was ours before, calls under way may have kept it.
            if (pin is not null && !module.Login(session, pin) && login.IsAlone && _epoch == 0)
            {
                module.Close(session);
                throw new KekException(KekFailure.Denied, "Somebody in this process is logged in to the token of a tenant's own KEK. Use a token for each identity.");
            }
        }
        catch (CryptokiException error)
        {
            module.Close(session);
            if (error.Value is ReturnValue.PinIncorrect or ReturnValue.PinInvalid or ReturnValue.PinLengthRange or ReturnValue.PinLocked or ReturnValue.PinExpired or ReturnValue.UserPinNotInitialized)
            {
                _pinRefused = new KekException(
                    KekFailure.Denied, $"The token refused the PIN ({error.Value}). It is not tried again in this process, so that the token does not lock itself: correct it and start again.", error);
                throw _pinRefused;
            }

            throw;
        }

        _loginSession = session;
        _pin = pin;
        _epoch++;
    }

    private void Return(nuint session)
    {
        lock (_gate)
        {
            if (_loginSession is null)
            {
                module.Close(session);
            }
            else
            {
                _idle.Push(session);
            }
        }
    }

    private void Drop(nuint session, ReturnValue value)
    {
        lock (_gate)
        {
            module.Close(session);
            if (value is ReturnValue.SessionHandleInvalid or ReturnValue.UserNotLoggedIn or ReturnValue.KeyHandleInvalid or ReturnValue.ObjectHandleInvalid || IsOfTheDevice(value))
            {
                Forget();
            }
        }
    }

    private void Forget()
    {
        while (_idle.TryPop(out nuint session))
        {
            module.Close(session);
        }

        if (_loginSession is { } login)
        {
            module.Close(login);
            _loginSession = null;
        }
    }

    // CKR_DEVICE_ERROR, _MEMORY, _REMOVED; CKR_TOKEN_NOT_PRESENT; CKR_SESSION_CLOSED.
    private static bool IsOfTheDevice(ReturnValue value) => (ulong)value is 0x30 or 0x31 or 0x32 or 0xE0 or 0xB0;
}
