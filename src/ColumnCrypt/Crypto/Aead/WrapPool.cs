namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// <see cref="LocalWrap"/> under one wrapping key, which is set up once and not for each wrap. Thread-safe, although an <see cref="AeadContext"/> is not:
/// each call leases one for itself. One that has failed is not leased again.
/// </summary>
/// <param name="open">Opens a context under the wrapping key; throws once that is gone.</param>
internal sealed class WrapPool(Func<AeadContext> open)
{
    private readonly InstancePool<AeadContext> _contexts = new(open);

    /// <inheritdoc cref="LocalWrap.Seal" path="/summary"/>
    public void Seal(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> key, Span<byte> wrap)
    {
        var gcm = _contexts.Rent();
        bool sound = false;
        try
        {
            LocalWrap.Seal(gcm, associated, key, wrap);
            sound = true;
        }
        finally
        {
            GiveBack(gcm, sound);
        }
    }

    /// <inheritdoc cref="LocalWrap.TryOpen" path="/summary"/>
    public bool TryOpen(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> wrap, Span<byte> key)
    {
        var gcm = _contexts.Rent();
        bool sound = false;
        try
        {
            bool authentic = LocalWrap.TryOpen(gcm, associated, wrap, key);
            sound = true;
            return authentic;
        }
        finally
        {
            GiveBack(gcm, sound);
        }
    }

    /// <inheritdoc cref="LocalWrap.TryReseal" path="/summary"/>
    public bool TryReseal(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> wrap, Span<byte> newWrap)
    {
        var gcm = _contexts.Rent();
        bool sound = false;
        try
        {
            bool authentic = LocalWrap.TryReseal(gcm, associated, wrap, newWrap);
            sound = true;
            return authentic;
        }
        finally
        {
            GiveBack(gcm, sound);
        }
    }

    /// <summary>Ends the pool: idle contexts go now, leased ones when they come back.</summary>
    public void Close() => _contexts.Close();

    private void GiveBack(AeadContext gcm, bool sound)
    {
        if (sound)
        {
            _contexts.Return(gcm);
        }
        else
        {
            gcm.Dispose();
        }
    }
}
