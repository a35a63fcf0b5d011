namespace ColumnCrypt.Kek;

/// <summary>
/// A key-encryption key in some backend. Thread-safe. Every failure but cancellation is a <see cref="KekException"/>; an
/// implementation neither retries nor caches: its callers do.
/// </summary>
public interface IKeyEncryptionKey
{
    /// <summary>The URI that names the KEK, as the configuration gives it. Written beside every wrap.</summary>
    string Id { get; }

    /// <summary>What the backend can do beyond wrap and unwrap. Constant, but for <see cref="KekCapabilities.WrapOnly"/>; does no I/O.</summary>
    KekCapabilities Capabilities { get; }

    /// <summary>
    /// The security strength of what wraps, in bits (NIST SP 800-57 part 1 rev. 5, section 5.6.1, table 2): a key is no stronger than its KEK.
    /// Null where it is not known, or not before the first call. Default: null. Does no I/O.
    /// </summary>
    int? SecurityStrength => null;

    /// <summary>When the KEK stops wrapping by itself, as a certificate does; null for never, and before the first call. Default: null. Does no I/O.</summary>
    DateTimeOffset? ExpiresAt => null;

    /// <summary>Wraps a key under the newest version of the KEK.</summary>
    /// <param name="key">The key: 16 to 64 bytes.</param>
    /// <param name="context">What the wrap is bound to.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken);

    /// <summary>Unwraps a key into memory of the caller's.</summary>
    /// <param name="wrapped">What <see cref="WrapAsync"/> returned.</param>
    /// <param name="context">The context that the key was wrapped under.</param>
    /// <param name="destination">Receives the key: 64 bytes at least. Nothing is written to it before the wrap is authenticated.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The size of the key in bytes.</returns>
    ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Wraps anew under the newest version of the KEK, on the server where the backend can.</summary>
    /// <param name="wrapped">What <see cref="WrapAsync"/> returned earlier.</param>
    /// <param name="context">The context that the key was wrapped under; the new wrap is bound to it too.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken);

    /// <summary>
    /// How many inputs the backend takes in one call of <see cref="WrapManyAsync"/> and its like: 1 or more. Where it is 1, a rewrap makes single calls side by side
    /// instead. Default: 1. Constant; does no I/O.
    /// </summary>
    int MaxBatchSize => 1;

    /// <summary>Wraps keys under the newest version of the KEK. Default: one after the other.</summary>
    /// <param name="inputs">The keys, <see cref="MaxBatchSize"/> at most.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What became of each, in the order of the inputs.</returns>
    /// <exception cref="KekException">The call itself failed; what is an input's own failure is in its outcome.</exception>
    ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> WrapManyAsync(IReadOnlyList<WrapInput> inputs, CancellationToken cancellationToken) =>
        KekOneByOne.RunAsync(inputs, input => WrapAsync(input.Key, input.Context, cancellationToken));

    /// <summary>Unwraps keys into memory of the caller's. Default: one after the other.</summary>
    /// <param name="inputs">The wraps, <see cref="MaxBatchSize"/> at most.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The size of each key in bytes, or why it did not open, in the order of the inputs.</returns>
    /// <exception cref="KekException">The call itself failed; what is an input's own failure is in its outcome.</exception>
    ValueTask<IReadOnlyList<KekOutcome<int>>> UnwrapManyAsync(IReadOnlyList<UnwrapInput> inputs, CancellationToken cancellationToken) =>
        KekOneByOne.RunAsync(inputs, input => UnwrapAsync(input.Wrapped, input.Context, input.Destination, cancellationToken));

    /// <summary>Wraps anew under the newest version of the KEK. Default: one after the other.</summary>
    /// <param name="inputs">The wraps, <see cref="MaxBatchSize"/> at most.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What became of each, in the order of the inputs.</returns>
    /// <exception cref="KekException">The call itself failed; what is an input's own failure is in its outcome.</exception>
    ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> RewrapManyAsync(IReadOnlyList<RewrapInput> inputs, CancellationToken cancellationToken) =>
        KekOneByOne.RunAsync(inputs, input => RewrapAsync(input.Wrapped, input.Context, cancellationToken));

    /// <summary>
    /// Returns where the KEK can wrap and unwrap now, or wrap where it is <see cref="KekCapabilities.WrapOnly"/>; fails as those calls would
    /// where it cannot.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What the backend tells of the KEK, for people: its state, when it is deleted, whether and how it rotates. By name, in the order to show.
    /// Never a secret. Default: nothing.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<KeyValuePair<string, string>>>([]);
}
