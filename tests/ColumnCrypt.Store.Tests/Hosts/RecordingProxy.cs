using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>
/// Stands between a client and PostgreSQL on 127.0.0.1, writes down what the client says (the frontend messages of protocol 3.0)
/// and can cut or stop the traffic.
/// </summary>
public sealed class RecordingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = [];
    private readonly int _serverPort;
    private readonly Task _accepting;
    private volatile bool _silent;
    private int _open;

    public RecordingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The text of every statement.</summary>
    public ConcurrentQueue<string> Statements { get; } = [];

    /// <summary>The names of every prepared statement; "" is the one that is gone with the next.</summary>
    public ConcurrentQueue<string> StatementNames { get; } = [];

    /// <summary>The largest number of connections that were open at once.</summary>
    public int MostOpen { get; private set; }

    /// <summary>From now on nothing gets through, and no connection is closed.</summary>
    public void FallSilent() => _silent = true;

    /// <summary>Cuts every connection; new ones get through.</summary>
    public void Cut()
    {
        foreach (var client in _clients.Keys)
        {
            client.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (SocketException)
        {
        }

        Cut();
        await Task.WhenAll(served);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using var closing = client;
        await server.ConnectAsync(IPAddress.Loopback, _serverPort);
        _clients[client] = true;
        MostOpen = Math.Max(MostOpen, Interlocked.Increment(ref _open));
        try
        {
            var answers = CopyAsync(server.GetStream(), client.GetStream(), static _ => { });
            var recorder = new FrontendRecorder(this);
            await CopyAsync(client.GetStream(), server.GetStream(), recorder.Add);
            server.Close();
            await answers;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            _clients.TryRemove(client, out _);
        }
    }

    private async Task CopyAsync(Stream from, Stream to, Action<ReadOnlyMemory<byte>> seen)
    {
        var buffer = new byte[8_192];
        try
        {
            while (await from.ReadAsync(buffer) is > 0 and var count)
            {
                seen(buffer.AsMemory(0, count));
                if (!_silent)
                {
                    await to.WriteAsync(buffer.AsMemory(0, count));
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException)
        {
        }
    }

    private sealed class FrontendRecorder(RecordingProxy proxy)
    {
        private readonly List<byte> _pending = [];
        private bool _started;

        public void Add(ReadOnlyMemory<byte> bytes)
        {
            _pending.AddRange(bytes.Span);
            while (TakeMessage())
            {
            }
        }

        // The first message has no type byte; an SSL or GSS request (a magic number in place of the version) comes before it.
        private bool TakeMessage()
        {
            var head = _started ? 1 : 0;
            var all = _pending.ToArray();
            if (all.Length < head + 4 || all.Length < head + BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(head)))
            {
                return false;
            }

            var length = head + BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(head));
            if (_started)
            {
                Record((char)all[0], all.AsSpan(5, length - 5));
            }
            else
            {
                _started = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(4)) == 3 << 16;
            }

            _pending.RemoveRange(0, length);
            return true;
        }

        private void Record(char type, ReadOnlySpan<byte> body)
        {
            if (type == 'Q')
            {
                proxy.Statements.Enqueue(Encoding.UTF8.GetString(body[..body.IndexOf((byte)0)]));
            }
            else if (type == 'P')
            {
                var name = body[..body.IndexOf((byte)0)];
                var text = body[(name.Length + 1)..];
                proxy.StatementNames.Enqueue(Encoding.UTF8.GetString(name));
                proxy.Statements.Enqueue(Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]));
            }
        }
    }
}
