using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>The life of blind indexes: an index that is new is filled while the application works (docs/guides/searching.md, "Changing an index").</summary>
public static class ColumnCryptIndexExtensions
{
    /// <summary>
    /// Gives every row of the context's tables the blind index values that it lacks, whichever tenant it belongs to; the context needs no tenant.
    /// Others may read and write meanwhile. Cancelled or killed, it is called again: what is filled stays filled.
    /// </summary>
    /// <param name="database">The context's database: SQLite or PostgreSQL. Its context is not to be used meanwhile.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Hears of each batch.</param>
    /// <param name="cancellationToken">Cancels it; the batch under way is undone.</param>
    /// <returns>What was done. A row that cannot be decrypted, or that a unique index refuses, is reported, and the rest goes on.</returns>
    /// <exception cref="KeyUnavailableException">Keys cannot be had for now.</exception>
    /// <exception cref="EncryptionModelException">A table has no primary key, or the options lack <c>UseColumnCrypt</c>.</exception>
    /// <exception cref="InvalidOperationException">The context is in a transaction.</exception>
    /// <exception cref="System.Data.Common.DbException">The database failed.</exception>
    /// <remarks>
    /// Where each tenant has a key store of its own, a run fills the rows of the context's tenant and of those in the default tenant's store; the
    /// others are reported. Run it for each tenant then.
    /// </remarks>
    public static async Task<BlindIndexFillResult> FillBlindIndexesAsync(
        this DatabaseFacade database,
        BlindIndexFillOptions? options = null,
        IProgress<BlindIndexProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var walk = Begin(database, options);
        await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await walk.FillAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await database.CloseConnectionAsync().ConfigureAwait(false);
        }

        var tally = walk.Tally;
        return new BlindIndexFillResult(tally.Processed, tally.Filled, tally.Changed, tally.Shredded, tally.Failed, tally.Failures);
    }

    /// <summary>
    /// Says of every blind index column whether it is complete, so that an older one can go. Changes no row; decrypts the values of rows that have
    /// no index value, for some values have none to have (a text of three characters has no last four).
    /// </summary>
    /// <param name="database">The context's database: SQLite or PostgreSQL. Its context is not to be used meanwhile.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <inheritdoc cref="FillBlindIndexesAsync" path="/exception"/>
    public static async Task<IReadOnlyList<BlindIndexState>> VerifyBlindIndexesAsync(
        this DatabaseFacade database, BlindIndexFillOptions? options = null, CancellationToken cancellationToken = default)
    {
        var walk = Begin(database, options);
        await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await walk.VerifyAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await database.CloseConnectionAsync().ConfigureAwait(false);
        }
    }

    private static IndexWalk Begin(DatabaseFacade database, BlindIndexFillOptions? options)
    {
        ArgumentNullException.ThrowIfNull(database);
        options ??= new BlindIndexFillOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BatchSize, 5_000, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxPerSecond ?? 1, nameof(options));
        var context = database.GetService<ICurrentDbContext>().Context;
        ContextScope.Demand(context);
        return database.CurrentTransaction is null
            ? new IndexWalk(context, options)
            : throw new InvalidOperationException("The context is in a transaction. Blind indexes are filled in transactions of their own: call it outside one.");
    }
}
