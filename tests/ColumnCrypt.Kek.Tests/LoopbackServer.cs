using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace ColumnCrypt.Kek.Tests;

/// <summary>A web server on 127.0.0.1 that a test can pause, stop and start again. Thread-safe.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly RequestDelegate _answer;
    private readonly X509Certificate2? _certificate;
    private volatile TaskCompletionSource? _pause;
    private volatile RequestDelegate? _fault;
    private WebApplication _server;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Answers a request.</param>
    /// <param name="certificate">Its certificate, for https, which stays the caller's; null for http.</param>
    public LoopbackServer(RequestDelegate answer, X509Certificate2? certificate)
    {
        (_answer, _certificate) = (answer, certificate);
        _server = Start(0);
        Port = new Uri(_server.Urls.Single()).Port;
    }

    public int Port { get; }

    /// <summary>Answers every request instead; null for none.</summary>
    public void Fail(RequestDelegate? fault) => _fault = fault;

    /// <summary>Takes requests and answers none.</summary>
    public void Pause() => _pause = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        _pause?.TrySetResult();
        _pause = null;
    }

    /// <summary>Breaks every connection and takes none.</summary>
    public void Stop()
    {
        Resume();
        _server.StopAsync(new CancellationToken(canceled: true)).Wait();
        ((IDisposable)_server).Dispose();
    }

    /// <summary>Starts it again, on the port that it had.</summary>
    public void Restart() => _server = Start(Port);

    public void Dispose() => Stop();

    private WebApplication Start(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, endpoint =>
        {
            if (_certificate is not null)
            {
                endpoint.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = _certificate });
            }
        }));
        var server = builder.Build();
        server.Run(AnswerAsync);
        server.StartAsync().Wait();
        return server;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (_pause is { } pause)
        {
            await pause.Task.WaitAsync(context.RequestAborted);
        }

        await (_fault ?? _answer)(context);
    }
}
