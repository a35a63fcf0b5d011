using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip.Connections;

/// <summary>A connection to a key server: one request after the other. Not thread-safe; of no more use after an error.</summary>
internal sealed class KmipConnection : IDisposable
{
    private const int HeaderSize = 8;

    private static readonly TimeSpan s_idleLimit = TimeSpan.FromMinutes(1);

    private readonly Socket _socket;
    private readonly SslStream _stream;
    private long _lastUse;

    private KmipConnection(Socket socket)
    {
        _socket = socket;
        _stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>True where it may be used again: not idle for over a minute, and nothing came from the server that nobody asked for, such as its end.</summary>
    public bool IsUsable => Stopwatch.GetElapsedTime(_lastUse) < s_idleLimit && !_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">One of the sides refuses the other.</exception>
    public static async Task<KmipConnection> OpenAsync(KmipEndpoint endpoint, KmipTls tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        KmipConnection? connection = null;
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(endpoint.Host, endpoint.Port), cancellationToken).ConfigureAwait(false);
            connection = new KmipConnection(socket);
            await connection._stream.AuthenticateAsClientAsync(tls.For(endpoint.Host), cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes some calls in one request.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="TtlvException">The answer is no KMIP.</exception>
    public async Task<KmipResult[]> CallAsync(IReadOnlyList<KmipCall> calls, CancellationToken cancellationToken)
    {
        using var request = new TtlvWriter();
        KmipMessage.WriteRequest(request, calls);
        await _stream.WriteAsync(request.Written, cancellationToken).ConfigureAwait(false);
        byte[] response = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var results = KmipMessage.ReadResponse(response, calls);
            _lastUse = Stopwatch.GetTimestamp();
            return results;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(response);
        }
    }

    public void Dispose() => _stream.Dispose();

    private async Task<byte[]> ReceiveAsync(CancellationToken cancellationToken)
    {
        byte[] header = new byte[HeaderSize];
        await _stream.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != (((uint)Tag.ResponseMessage << 8) | (uint)TtlvType.Structure) || size > KmipMessage.MaximumResponseSize)
        {
            throw new TtlvException($"The answer is none of KMIP, or has more than {KmipMessage.MaximumResponseSize} bytes.");
        }

        byte[] response = GC.AllocateUninitializedArray<byte>(HeaderSize + (int)size, pinned: true);
        header.CopyTo(response, 0);
        await _stream.ReadExactlyAsync(response.AsMemory(HeaderSize), cancellationToken).ConfigureAwait(false);
        return response;
    }
}
