using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>HTTP/1.1 on 127.0.0.1, or HTTPS, as far as tests need it; it can stand still, be killed, and start again on its port. Thread-safe.</summary>
internal sealed class LocalHttpServer : IDisposable
{
    private readonly Func<HttpCall, HttpReply> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentDictionary<Socket, bool> _clients = new();
    private readonly ConcurrentQueue<HttpCall> _calls = new();
    private TcpListener _listener;
    private volatile TaskCompletionSource? _pause;

    /// <param name="answer">Answers a request.</param>
    /// <param name="certificate">That of HTTPS, or null.</param>
    public LocalHttpServer(Func<HttpCall, HttpReply> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    public int Port { get; }

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}");

    /// <summary>Every request that was answered, or that it stood still for.</summary>
    public IReadOnlyCollection<HttpCall> Calls => _calls;

    /// <summary>Takes connections and requests, and answers none.</summary>
    public void Pause() => _pause ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        var pause = _pause;
        _pause = null;
        pause?.SetResult();
    }

    /// <summary>Breaks every connection and takes none.</summary>
    public void Kill()
    {
        _listener.Stop();
        foreach (var client in _clients.Keys)
        {
            client.Close(0);
        }
    }

    public void Restart()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    public void Dispose()
    {
        Resume();
        Kill();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                client.NoDelay = true;
                _clients.TryAdd(client.Client, true);
                _ = ServeAsync(client, client.Client);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over, or the server was killed.
        }
    }

    private async Task ServeAsync(TcpClient client, Socket socket)
    {
        try
        {
            await using var stream = await StreamAsync(client);
            var reader = new BufferedStream(stream);
            while (await ReadAsync(reader) is { } call)
            {
                _calls.Enqueue(call);
                if (_pause is { } pause)
                {
                    await pause.Task;
                }

                var reply = Answer(call);
                byte[] body = Encoding.UTF8.GetBytes(reply.Body);
                string head = string.Create(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {reply.Status} -\r\nContent-Type: {reply.ContentType}\r\n{(reply.Location is null ? "" : $"Location: {reply.Location}\r\n")}{(reply.Status == 204 ? "" : $"Content-Length: {body.Length}\r\n")}\r\n");
                await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // The client broke off, or the server was killed: both are what tests are about.
        }
        finally
        {
            _clients.TryRemove(socket, out _);
            client.Dispose();
        }
    }

    // A mistake of the test's own shows in what it is answered.
    private HttpReply Answer(HttpCall call)
    {
        try
        {
            return _answer(call);
        }
        catch (Exception error)
        {
            return new HttpReply(599, error.ToString(), "text/plain");
        }
    }

    private async Task<Stream> StreamAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate });
        return tls;
    }

    // Null at the end of the connection.
    private static async Task<HttpCall?> ReadAsync(BufferedStream stream)
    {
        if (await LineAsync(stream) is not { } first || first.Split(' ') is not [var method, var target, _])
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync(stream) is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        return new HttpCall(method, target.Split('?')[0], headers, body);
    }

    private static async Task<string?> LineAsync(BufferedStream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one) > 0)
        {
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        return null;
    }
}
