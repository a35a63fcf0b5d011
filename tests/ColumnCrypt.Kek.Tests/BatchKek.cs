using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests;

/// <summary>A KEK that takes several keys in a call, counts its calls, and fails where a test says so. Thread-safe.</summary>
/// <param name="maxBatchSize">How many keys it takes.</param>
internal sealed class BatchKek(int maxBatchSize) : IKekProvider, IKeyEncryptionKey
{
    public const string Uri = "batch:kek";

    private readonly ForeignKek _kek = new(Uri);
    private int _batches;
    private int _singles;
    private int _failures;

    public string Scheme => "batch";

    public string Id => Uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote;

    public int MaxBatchSize => maxBatchSize;

    public int Batches => Volatile.Read(ref _batches);

    public int Singles => Volatile.Read(ref _singles);

    /// <summary>The tenant whose keys it does not wrap; null for none.</summary>
    public string? Refused { get; set; }

    /// <summary>True to give a result too few.</summary>
    public bool IsForgetful { get; set; }

    /// <summary>How many of the next calls are unavailable.</summary>
    public void Fail(int calls) => Volatile.Write(ref _failures, calls);

    public IKeyEncryptionKey Open(string uri, KekOptions options) => this;

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _singles);
        return _kek.WrapAsync(key, context, cancellationToken);
    }

    public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _singles);
        return _kek.UnwrapAsync(wrapped, context, destination, cancellationToken);
    }

    public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _singles);
        return _kek.RewrapAsync(wrapped, context, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> WrapManyAsync(IReadOnlyList<WrapInput> inputs, CancellationToken cancellationToken)
    {
        Count(inputs.Count);
        var outcomes = new List<KekOutcome<WrappedKey>>();
        foreach (var input in inputs)
        {
            outcomes.Add(input.Context.Tenant == Refused
                ? new KekOutcome<WrappedKey>(null, new KekException(KekFailure.Denied, "Not this one."))
                : new KekOutcome<WrappedKey>(await _kek.WrapAsync(input.Key, input.Context, cancellationToken)));
        }

        return IsForgetful ? outcomes[1..] : outcomes;
    }

    public async ValueTask<IReadOnlyList<KekOutcome<int>>> UnwrapManyAsync(IReadOnlyList<UnwrapInput> inputs, CancellationToken cancellationToken)
    {
        Count(inputs.Count);
        var outcomes = new List<KekOutcome<int>>();
        foreach (var input in inputs)
        {
            outcomes.Add(new KekOutcome<int>(await _kek.UnwrapAsync(input.Wrapped, input.Context, input.Destination, cancellationToken)));
        }

        return outcomes;
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken) => _kek.CheckAsync(cancellationToken);

    private void Count(int inputs)
    {
        Assert.InRange(inputs, 1, maxBatchSize);
        Interlocked.Increment(ref _batches);
        if (Interlocked.Decrement(ref _failures) >= 0)
        {
            throw new KekException(KekFailure.Unavailable, "Come back later.");
        }
    }
}
