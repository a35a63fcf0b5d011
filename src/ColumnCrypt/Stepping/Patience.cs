using System.Data.Common;
using ColumnCrypt.Keys;

namespace ColumnCrypt.Stepping;

/// <summary>Tries again what failed for a reason that passes. Stateless, thread-safe.</summary>
internal sealed class Patience(TimeProvider time)
{
    private const int MaxAttempts = 6;

    /// <param name="dialect">Says what passes.</param>
    /// <param name="work">What is tried, six times in about three seconds.</param>
    /// <param name="isFinal">Which errors are thrown at once; null for those that do not pass alone.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="KeyStateException">Somebody holds the whole database.</exception>
    public async Task<T> TryAsync<T>(RowDialect dialect, Func<Task<T>> work, Func<DbException, bool>? isFinal, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (DbException error) when (isFinal?.Invoke(error) == true)
            {
                throw;
            }
            catch (Exception error) when (attempt < MaxAttempts && (error is DbException fault ? dialect.IsPassing(fault) : error is KeyUnavailableException { IsTransient: true }))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * Math.Pow(2, attempt)), time, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException error) when (dialect.IsBusy(error))
            {
                throw new KeyStateException("The database is locked by a transaction of another, and was whenever it was asked. End that, and run this again: it goes on where it is.", isTransient: true, error);
            }
        }
    }
}
