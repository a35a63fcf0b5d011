using System.Net;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.GoogleKms.Rest;
using ColumnCrypt.Metadata;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Microsoft.AspNetCore.Http;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

/// <summary>What Cloud KMS answers that it should not, and tokens that are not to be had or not taken.</summary>
public sealed class GoogleKmsFailureTests : IDisposable
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private readonly GoogleDouble _kms = new();
    private readonly string _name;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public GoogleKmsFailureTests() => _name = _kms.Create().Name;

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", KekFailure.Denied)]
    [InlineData(400, "what was sent", KekFailure.Denied)]
    [InlineData(401, "UNAUTHENTICATED", KekFailure.Denied)]
    [InlineData(403, "PERMISSION_DENIED", KekFailure.Denied)]
    [InlineData(404, "NOT_FOUND", KekFailure.Destroyed)]
    [InlineData(409, "ABORTED", KekFailure.Denied)]
    [InlineData(418, "", KekFailure.Denied)]
    [InlineData(429, "RESOURCE_EXHAUSTED", KekFailure.Unavailable)]
    [InlineData(500, "INTERNAL", KekFailure.Unavailable)]
    [InlineData(503, "UNAVAILABLE", KekFailure.Unavailable)]
    [InlineData(504, "DEADLINE_EXCEEDED", KekFailure.Unavailable)]
    public async Task Errors_AreTypedAndNotPassedOn(int code, string status, KekFailure failure)
    {
        var kek = _kms.Open(_name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _kms.Server.Fail(context => GoogleDouble.WriteAsync(context, code, status));
        int calls = 0;
        foreach (var call in Calls(kek, wrapped))
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(status == "INVALID_ARGUMENT" && calls++ == 0 ? KekFailure.WrongContextOrTampered : failure, error.Failure);
            Assert.DoesNotContain("what was sent", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("application", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("The version is DESTROYED.", KekFailure.Destroyed)]
    [InlineData("The version is not enabled.", KekFailure.Disabled)]
    public async Task FailedPrecondition_WhenNobodyMayLook_IsTyped(string message, KekFailure failure)
    {
        var kek = _kms.Open(_name, GoogleDouble.Identity("node"));
        _kms.Server.Fail(context => context.Request.Method == "POST" ? GoogleDouble.WriteAsync(context, 400, "FAILED_PRECONDITION", message) : GoogleDouble.WriteAsync(context, 403, "PERMISSION_DENIED"));
        Assert.Equal(failure, (await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        var kek = _kms.Open(_name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        int requests = 0;
        _kms.Server.Fail(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.Redirect($"{_kms.Endpoint}v1/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        foreach (var call in Calls(kek, wrapped))
        {
            Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }

        Assert.Equal(3, requests);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Call_ThatIsTransient_IsNotRepeatedHere(int code)
    {
        var kek = _kms.Open(_name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        int requests = 0;
        _kms.Server.Fail(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.Headers.RetryAfter = "0";
            return GoogleDouble.WriteAsync(context, code, "UNAVAILABLE");
        });
        foreach (var call in Calls(kek, wrapped))
        {
            Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }

        Assert.Equal(3, requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("<html>sign in</html>")]
    [InlineData("{\"ciphertext\":7,\"plaintext\":7}")]
    [InlineData("{\"ciphertext\":\"AA==\",\"plaintext\":\"AA==\",\"verifiedPlaintextCrc32c\":\"true\"}")]
    public async Task Answer_ThatIsNone_IsTransient(string answer)
    {
        var kek = _kms.Open(_name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _kms.Server.Fail(context => context.Response.WriteAsync(answer));
        foreach (var call in Calls(kek, wrapped))
        {
            Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }
    }

    [Fact]
    public async Task Answer_WithoutEnd_IsNotReadToIt()
    {
        var kek = _kms.Open(_name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _kms.Server.Fail(static async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(new string(' ', 8_192), context.RequestAborted);
            }
        });
        foreach (var call in Calls(kek, wrapped))
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(KekFailure.Unavailable, error.Failure);
            Assert.Contains("65536 bytes", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Token_OfAServiceAccount_IsOfTheScopeAndKept()
    {
        var kek = _kms.Open(_name, _kms.ServiceAccount("application"));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => kek.WrapAsync(new byte[32], s_context, Token).AsTask()));
        Assert.Equal(1, _kms.Given);
        Assert.All(_kms.Calls, static call => Assert.Equal("application-1", call.Token));
    }

    [Fact]
    public async Task Token_ThatIsRevoked_IsReplacedOnceForAll()
    {
        var kek = _kms.Open(_name, _kms.ServiceAccount("application"));
        await kek.WrapAsync(new byte[32], s_context, Token);
        _kms.Revoke("application-1");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => kek.WrapAsync(new byte[32], s_context, Token).AsTask()));
        Assert.Equal(2, _kms.Given);

        for (int i = 2; i < 6; i++)
        {
            _kms.Revoke($"application-{i}");
        }

        int calls = _kms.Calls.Count;
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
        Assert.Equal((3, 2), (_kms.Given, _kms.Calls.Count - calls));
    }

    public static TheoryData<Exception, KekFailure> Failures() => new()
    {
        { new InvalidOperationException("Your default credentials were not found."), KekFailure.Denied },
        { new TokenResponseException(new TokenErrorResponse { Error = "invalid_grant" }, HttpStatusCode.BadRequest), KekFailure.Denied },
        { new TokenResponseException(new TokenErrorResponse { Error = "busy" }, HttpStatusCode.ServiceUnavailable), KekFailure.Unavailable },
        { new HttpRequestException("refused"), KekFailure.Unavailable },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Credential_ThatIsNotToBeHad_IsTypedAndLookedForAgain(Exception failure, KekFailure typed)
    {
        int looked = 0;
        using var tokens = new GoogleTokens(() => ++looked == 1 ? throw failure : Task.FromResult(GoogleDouble.Identity("application")));
        var error = await Assert.ThrowsAsync<GoogleTokenException>(() => tokens.GetAsync(null, Token));
        Assert.Equal(typed == KekFailure.Unavailable, error.IsTransient);
        Assert.Equal("application", (await tokens.GetAsync(null, Token)).AccessToken);
        Assert.Equal(2, looked);
    }

    [Fact]
    public async Task Credential_ThatIsFoundLate_IsThereForTheNextAttempt()
    {
        var found = new TaskCompletionSource<GoogleCredential>();
        int looked = 0;
        using var tokens = new GoogleTokens(() =>
        {
            looked++;
            return found.Task;
        });
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tokens.GetAsync(null, patience.Token));
        found.SetResult(GoogleDouble.Identity("application"));
        Assert.Equal("application", (await tokens.GetAsync(null, Token)).AccessToken);
        Assert.Equal(1, looked);
    }

    private static IEnumerable<Func<Task>> Calls(IKeyEncryptionKey kek, WrappedKey wrapped) =>
    [
        async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token),
        async () => await kek.WrapAsync(new byte[32], s_context, Token),
        async () => await kek.CheckAsync(Token),
    ];
}
