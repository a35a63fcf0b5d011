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
