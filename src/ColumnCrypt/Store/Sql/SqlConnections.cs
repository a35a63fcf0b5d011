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
        var bounds = new SqlCallBounds(timeout, options.TimeProvider, cancellationToken);
        var giveUp = bounds.GiveUp;
        var running = QueueAsync(work, bounds);
        try
        {
            // A driver may take long to notice a dead network. The caller does not wait for that: what was begun is rolled back
            // behind it, and counts as a connection in use until then.
            return await running.WaitAsync(giveUp).ConfigureAwait(false);
        }
        catch (Exception error) when (cancellationToken.IsCancellationRequested && error is OperationCanceledException or DbException)
        {
            throw new OperationCanceledException("The call on the key store was cancelled.", error, cancellationToken);
        }
        catch (OperationCanceledException error) when (bounds.IsTooLate)
        {
            throw TooLate(timeout, error);
        }
        catch (DbException error)
        {
            throw Failed(error);
        }
        finally
        {
            if (!running.IsCompleted)
            {
                Observe(running);
            }
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

    private async Task<T> QueueAsync<T>(Func<SqlCall, Task<T>> work, SqlCallBounds bounds)
    {
        using var ending = bounds;
        using var outside = Transaction.Current is null
            ? null
            : new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        await _free.WaitAsync(bounds.Stop).ConfigureAwait(false);
        try
        {
            // A restarted server is noticed on the first use of a pooled connection. Every call may be made twice: rows are added
            // where they are missing and changed by compare-and-swap; uses reserved twice are only reserved. Only new entries of
            // ChainAsync may so be chained twice, where the connection was lost while it committed: said twice is not said wrongly.
            try
            {
                return await ConnectAsync(work, bounds).ConfigureAwait(false);
            }
            catch (DbException error) when (!bounds.Stop.IsCancellationRequested && dialect.Classify(error) == KeyStoreFault.Retry)
            {
                return await ConnectAsync(work, bounds).ConfigureAwait(false);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task<T> ConnectAsync<T>(Func<SqlCall, Task<T>> work, SqlCallBounds bounds)
    {
        var connection = await source.OpenConnectionAsync(bounds.Stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var call = new SqlCall(connection, dialect, bounds);
            await using (call.ConfigureAwait(false))
            {
                return await work(call).ConfigureAwait(false);
            }
        }
    }

    // What a caller that has gone did not wait for also fails, most likely: nobody is left to be told.
    private static void Observe(Task running) => _ = running.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private KeyUnavailableException TooLate(TimeSpan timeout, Exception error) => new(
        KeyUnavailableReason.Unavailable,
        string.Create(CultureInfo.InvariantCulture, $"The key store, {dialect.Place}, did not answer within {timeout.TotalSeconds} s. Check that it runs and that nothing holds locks on its tables."),
        error);

    private KeyUnavailableException Failed(DbException error) => dialect.Classify(error) switch
    {
        KeyStoreFault.TablesMissing => dialect.NotInitialized(error),
        KeyStoreFault.TablesOutdated => dialect.Outdated(error),
        KeyStoreFault.Denied => new KeyUnavailableException(
            KeyUnavailableReason.Denied, $"The key store, {dialect.Place}, refused: {error.Message} Connect with the role that may do it: docs/guides/key-tables.md.", error),
        _ => new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"The key store, {dialect.Place}, failed: {error.Message}", error),
    };
}
