namespace ColumnCrypt.Store;

/// <summary>
/// Tells a node at once that the generation counter of a key store has grown, so that it need not wait for its next poll. Only a hint:
/// what is said may be late, lost or wrong, and the counter decides. Thread-safe.
/// </summary>
public interface IGenerationSignal
{
    /// <summary>Listens until it is cancelled or cannot go on. Whoever calls it calls it again after a while.</summary>
    /// <param name="changed">
    /// Called once as soon as changes are heard of, for those that came before, and then with each of them; from any thread. Returns at once.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KeyUnavailableException">It cannot listen, or no longer.</exception>
    Task ListenAsync(Action changed, CancellationToken cancellationToken);
}
