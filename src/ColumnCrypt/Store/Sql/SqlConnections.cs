using System.Data.Common;
using System.Globalization;
using System.Transactions;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// Runs calls on the key store's own connections: few at once, each bounded in time, none inside the application's ambient
/// transaction, every error of the database turned into a typed one. Thread-safe.
/// </summary>
internal sealed class SqlConnections(DbDataSource source, KeyStoreDialect dialect, SqlKeyStoreOptions options) : IDisposable, IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(options.MaxConnections);

    public Task<T> RunAsync<T>(Func<SqlCall, Task<T>> work, CancellationToken cancellationToken) => RunAsync(work, options.Timeout, cancellationToken);

    public async Task<T> RunAsync<T>(Func<SqlCall, Task<T>> work, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var outside = Transaction.Current is null
            ? null
            : new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        using var deadline = new CancellationTokenSource(timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await QueueAsync(work, either.Token, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (cancellationToken.IsCancellationRequested && error is OperationCanceledException or DbException)
        {
            throw new OperationCanceledException("The call on the key store was cancelled.", error, cancellationToken);
        }
        catch (OperationCanceledException error) when (deadline.IsCancellationRequested)
        {
            throw TooLate(timeout, error);
        }
        catch (DbException error)
        {
            throw Failed(error);
        }
    }

    public void Dispose()
    {
        source.Dispose();
        _free.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync().ConfigureAwait(false);
        _free.Dispose();
    }

    private async Task<T> QueueAsync<T>(Func<SqlCall, Task<T>> work, CancellationToken cancellation, CancellationToken deadline)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // A restarted server is noticed on the first use of a pooled connection. Every call may be made twice: rows are added
            // where they are missing and changed by compare-and-swap; uses reserved twice are only reserved.
            try
            {
                return await ConnectAsync(work, cancellation, deadline).ConfigureAwait(false);
            }
            catch (DbException error) when (!cancellation.IsCancellationRequested && dialect.Classify(error) == KeyStoreFault.Retry)
            {
                return await ConnectAsync(work, cancellation, deadline).ConfigureAwait(false);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task<T> ConnectAsync<T>(Func<SqlCall, Task<T>> work, CancellationToken cancellation, CancellationToken deadline)
    {
        var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var call = new SqlCall(connection, dialect, cancellation, deadline);
            await using (call.ConfigureAwait(false))
            {
                return await work(call).ConfigureAwait(false);
            }
        }
    }

    private KeyUnavailableException TooLate(TimeSpan timeout, Exception error) => new(
        KeyUnavailableReason.Unavailable,
        string.Create(CultureInfo.InvariantCulture, $"The key store, {dialect.Place}, did not answer within {timeout.TotalSeconds} s. Check that it runs and that nothing holds locks on its tables."),
        error);

    private KeyUnavailableException Failed(DbException error) => dialect.Classify(error) == KeyStoreFault.TablesMissing
        ? NotInitialized(error)
        : new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"The key store, {dialect.Place}, failed: {error.Message}", error);

    public KeyUnavailableException NotInitialized(Exception? error) => new(
        KeyUnavailableReason.NotInitialized,
        $"There are no key tables in {dialect.Place}. Run 'columncrypt init', or the script of 'columncrypt init --script', or a migration "
        + "with migrationBuilder.CreateColumnCryptTables(), or set CreateTables = true.",
        error);
}
