using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Kek.Kmip;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>A server with a certificate of its own that answers every request with the same bytes, and then says nothing more; null: it closes instead.</summary>
internal sealed class HostileServer : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new("authority");
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2 _client;
    private readonly byte[]? _answer;
    private int _accepted;

    public HostileServer(byte[]? answer, bool withAddress = true)
    {
        _answer = answer;
        _certificate = _authority.ForServer(withAddress);
        _client = _authority.ForClient("columncrypt");
        File.WriteAllText(_folder.File("authority.pem"), _authority.Pem);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How many connections it took.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public IKeyEncryptionKey Open(string host = "127.0.0.1")
    {
        var options = new KekOptions();
        options.Of<KmipSettings>().Configure = server =>
        {
            server.ClientCertificate = _client;
            server.AuthorityFile = _folder.File("authority.pem");
        };
        return new KmipProvider(null).Open($"kmip:{host}:{((IPEndPoint)_listener.LocalEndpoint).Port}/kek", options);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
        _client.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _accepted);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var own = client;
        try
        {
            await using var stream = new SslStream(client.GetStream());
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate });
            byte[] request = new byte[4096];
            while (await stream.ReadAsync(request) > 0)
            {
                if (_answer is null)
                {
                    return;
                }

                await stream.WriteAsync(_answer);
            }
        }
        catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client broke off, which is what these tests are about.
        }
    }
}
