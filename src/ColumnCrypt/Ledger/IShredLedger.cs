using ColumnCrypt.Format;

namespace ColumnCrypt.Ledger;

/// <summary>
/// A list, outside the database, of the keys that were shredded: a backup of the key tables that is put back brings none of them to life
/// again. Consulted before a key is unwrapped. Implementations are thread-safe, and fail rather than guess: a ledger that cannot be read
/// lets no key be unwrapped.
/// </summary>
public interface IShredLedger
{
    /// <summary>True where the key was shredded.</summary>
    /// <param name="keyId">The key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyUnavailableException">The ledger cannot be read, or is not authentic.</exception>
    ValueTask<bool> ContainsAsync(KeyId keyId, CancellationToken cancellationToken);

    /// <summary>Adds keys, durably: when it returns, every reader finds them. Keys that are in it stay as they are.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="now">When they are shredded.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyUnavailableException">The ledger cannot be written.</exception>
    Task AddAsync(IReadOnlyList<KeyId> keys, DateTimeOffset now, CancellationToken cancellationToken);
}
