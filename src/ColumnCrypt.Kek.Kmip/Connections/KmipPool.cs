using System.Collections.Concurrent;
using System.Net.Sockets;
using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip.Connections;

/// <summary>
/// Connections to one key server, each with one request under way. One that saw an error or was given up is closed, never used again. Thread-safe.
/// </summary>
/// <param name="endpoint">The key server.</param>
/// <param name="load">Reads the certificates, on the first call.</param>
/// <param name="maxConnections">How many connections are open at once.</param>
internal sealed class KmipPool(KmipEndpoint endpoint, Func<KmipTls> load, int maxConnections) : IDisposable
{
    private readonly ConcurrentStack<KmipConnection> _idle = new();
    private readonly SemaphoreSlim _slots = new(maxConnections);
    private readonly Lock _loading = new();
    private KmipTls? _tls;
    private volatile bool _isDisposed;

    /// <summary>How many connections wait for a call; for tests.</summary>
    internal int Idle => _idle.Count;

    /// <summary>Makes some calls in one request.</summary>
    public async Task<KmipResult[]> CallAsync(IReadOnlyList<KmipCall> calls, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        KmipConnection? connection = null;
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            connection = Take() ?? await KmipConnection.OpenAsync(endpoint, Tls(), cancellationToken).ConfigureAwait(false);
            var results = await connection.CallAsync(calls, cancellationToken).ConfigureAwait(false);
            _idle.Push(connection);
            connection = null;
            return results;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // Where one connection broke, the others most probably did: the next call begins with a fresh one.
            CloseIdle();
            throw;
        }
        finally
        {
            connection?.Dispose();
            _slots.Release();
            if (_isDisposed)
            {
                CloseIdle();
            }
        }
    }

    /// <summary>Closes what is idle, and each connection under way once its call has ended.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CloseIdle();
        lock (_loading)
        {
            _tls?.Dispose();
            _tls = null;
        }
    }

    private KmipTls Tls()
    {
        lock (_loading)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _tls ??= load();
        }
    }

    private KmipConnection? Take()
    {
        while (_idle.TryPop(out var connection))
        {
            if (connection.IsUsable)
            {
                return connection;
            }

            connection.Dispose();
        }

        return null;
    }

    private void CloseIdle()
    {
        while (_idle.TryPop(out var connection))
        {
            connection.Dispose();
        }
    }
}
