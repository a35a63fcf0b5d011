using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ColumnCrypt.Kek.Tests.Outages;

/// <summary>Stands on 127.0.0.1 between a client and a server that forgets everything when it is killed, and dies in its place. Thread-safe.</summary>
internal sealed class LoopbackProxy : IDisposable
{
    private readonly int _target;
    private readonly ConcurrentBag<TcpClient> _open = [];
    private TcpListener _listener;

    /// <summary>Starts it.</summary>
    /// <param name="target">The port of the server.</param>
    public LoopbackProxy(int target)
    {
        _target = target;
        _listener = Start(0);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    public void Kill()
    {
        _listener.Dispose();
        while (_open.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    /// <summary>Starts it again, on the port that it had.</summary>
    public void Restart() => _listener = Start(Port);

    public void Dispose() => Kill();

    private TcpListener Start(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = AcceptAsync(listener);
        return listener;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Killed.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        var server = new TcpClient();
        _open.Add(client);
        _open.Add(server);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two has gone, or all of it was killed.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }
}
