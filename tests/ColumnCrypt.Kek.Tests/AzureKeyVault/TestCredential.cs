using System.Collections.Concurrent;
using Azure.Core;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>An identity of a test: each token that it gives names it, the resource that it is for, and a number.</summary>
/// <param name="identity">Its name.</param>
/// <param name="life">How long a token is good.</param>
internal sealed class TestCredential(string identity, TimeSpan? life = null) : TokenCredential
{
    private int _given;

    /// <summary>What it was asked for.</summary>
    public ConcurrentQueue<TokenRequestContext> Asked { get; } = new();

    /// <summary>What asking ends with; null for a token.</summary>
    public Exception? Failure { get; set; }

    /// <summary>How long it takes.</summary>
    public Task Delay { get; set; } = Task.CompletedTask;

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Asked.Enqueue(requestContext);
        await Delay.WaitAsync(cancellationToken);
        return Failure is null
            ? new AccessToken($"{identity}|{requestContext.Scopes.Single()}|{Interlocked.Increment(ref _given)}", DateTimeOffset.UtcNow + (life ?? TimeSpan.FromHours(1)))
            : throw Failure;
    }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => GetTokenAsync(requestContext, cancellationToken).AsTask().Result;
}
