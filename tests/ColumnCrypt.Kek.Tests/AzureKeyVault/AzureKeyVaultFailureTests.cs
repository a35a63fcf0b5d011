using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Azure.Core.Diagnostics;
using Azure.Identity;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.AzureKeyVault.Rest;
using ColumnCrypt.Metadata;
using Microsoft.AspNetCore.Http;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>What a vault answers that it should not, and tokens that are not to be had or not taken.</summary>
public sealed class AzureKeyVaultFailureTests : IDisposable
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);
    private static readonly string s_uri = $"azure-kv:https://{VaultDouble.HsmHost}/keys/kek";

    private readonly VaultDouble _vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public AzureKeyVaultFailureTests() => _vault.Create(VaultDouble.HsmHost, "kek", "oct-HSM", 256);

    public void Dispose() => _vault.Dispose();

    [Theory]
    [InlineData(400, "BadParameter", null, KekFailure.Denied)]
    [InlineData(401, "Unauthorized", null, KekFailure.Denied)]
    [InlineData(403, "Forbidden", "ForbiddenByPolicy", KekFailure.Denied)]
    [InlineData(403, "Forbidden", "KeyDisabled", KekFailure.Disabled)]
    [InlineData(404, "KeyNotFound", null, KekFailure.Destroyed)]
    [InlineData(408, "RequestTimeout", null, KekFailure.Unavailable)]
    [InlineData(409, "Conflict", null, KekFailure.Denied)]
    [InlineData(418, "what was sent: secret", null, KekFailure.Denied)]
    [InlineData(429, "Throttled", null, KekFailure.Unavailable)]
    [InlineData(500, "InternalServerError", null, KekFailure.Unavailable)]
    [InlineData(503, "ServiceUnavailable", null, KekFailure.Unavailable)]
    public async Task Errors_AreTypedAndNotPassedOn(int status, string code, string? inner, KekFailure failure)
    {
        var kek = _vault.Open(s_uri);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _vault.Server.Fail(context => VaultDouble.WriteAsync(context, status, code, inner));
        int calls = 0;
        foreach (var call in Calls(kek, wrapped))
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(status == 400 && calls++ == 0 ? KekFailure.WrongContextOrTampered : failure, error.Failure);
            Assert.DoesNotContain("what was sent", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("application|", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        var kek = _vault.Open(s_uri);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        int requests = 0;
        _vault.Server.Fail(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.Redirect($"https://{VaultDouble.VaultHost}/keys/kek", permanent: false, preserveMethod: true);
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
    public async Task Call_ThatIsTransient_IsNotRepeatedHere(int status)
    {
        var kek = _vault.Open(s_uri);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        int requests = 0;
        _vault.Server.Fail(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.Headers.RetryAfter = "0";
            return VaultDouble.WriteAsync(context, status, "Busy");
        });
        foreach (var call in Calls(kek, wrapped))
        {
            Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }

        Assert.Equal(3, requests);
    }

    [Fact]
    public async Task Events_OfThePipeline_HoldNeitherTokenNorKey()
    {
        var told = new ConcurrentQueue<string>();
        using var listener = new AzureEventSourceListener((happening, text) => told.Enqueue($"{text} {string.Join(' ', happening.Payload ?? [])}"), EventLevel.Verbose);
        var kek = _vault.Open(s_uri);
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token);
        Assert.Contains(told, static text => text.Contains("/keys/kek/", StringComparison.Ordinal));
        foreach (string secret in new[] { "application|", Base64Url.EncodeToString(key), Convert.ToHexString(key), Base64Url.EncodeToString(s_context.Encode()) })
        {
            Assert.DoesNotContain(told, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("<html>sign in</html>")]
    [InlineData("{\"kid\":7,\"value\":{}}")]
    [InlineData("{\"key\":{\"kid\":\"x\",\"kty\":7},\"attributes\":null}")]
    [InlineData("{\"kid\":\"x\",\"value\":\"***\"}")]
    public async Task Answer_ThatIsNone_IsTransient(string answer)
    {
        var kek = _vault.Open(s_uri);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _vault.Server.Fail(context => context.Response.WriteAsync(answer));
        foreach (var call in Calls(kek, wrapped))
        {
            Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }
    }

    [Fact]
    public async Task Answer_WithoutEnd_IsNotReadToIt()
    {
        var kek = _vault.Open(s_uri);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _vault.Server.Fail(static async context =>
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

    [Theory]
    [InlineData("kid", "https://clinic.managedhsm.test/keys/other/0123456789abcdef0123456789abcdef")]
    [InlineData("kid", "https://other.managedhsm.test/keys/kek/0123456789abcdef0123456789abcdef")]
    [InlineData("kid", "http://clinic.managedhsm.test/keys/kek/0123456789abcdef0123456789abcdef")]
    [InlineData("kid", "x")]
    [InlineData("value", "AAAA")]
    [InlineData("iv", "AAAA")]
    [InlineData("tag", "AAAA")]
    public async Task Wrap_WhenTheAnswerIsForAnother_IsThrownAway(string member, string value)
    {
        _vault.Meddle = answer => answer[member] = value;
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(_vault.Open(s_uri).WrapAsync(new byte[32], s_context, Token)));
    }

    [Fact]
    public async Task Identifier_WithThePortOfHttps_IsTheSame()
    {
        _vault.Meddle = static answer => answer["kid"] = ((string)answer["kid"]!).Replace("managedhsm.test/", "managedhsm.test:443/", StringComparison.Ordinal);
        await _vault.Open(s_uri).CheckAsync(Token);
    }

    [Fact]
    public async Task Unwrap_WhenTheVaultGivesAnotherKeyBack_IsRefused()
    {
        _vault.Create(VaultDouble.VaultHost, "kek", bits: 2_048);
        var kek = _vault.Open($"azure-kv:https://{VaultDouble.VaultHost}/keys/kek", allowWeak: true);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _vault.Meddle = static answer => answer["value"] = Base64Url.EncodeToString(new byte[64]);
        byte[] destination = new byte[64];
        Assert.Equal(KekFailure.WrongContextOrTampered, (await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, destination, Token))).Failure);
        _vault.Meddle = static answer => answer["value"] = Base64Url.EncodeToString(new byte[65]);
        Assert.Equal(KekFailure.WrongContextOrTampered, (await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, destination, Token))).Failure);
        Assert.Equal(new byte[64], destination);
    }

    [Fact]
    public async Task Token_IsAskedForOnce_OfTheVaultsOwnResourceAndDirectory()
    {
        var kek = _vault.Open(s_uri);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => kek.WrapAsync(new byte[32], s_context, Token).AsTask()));
        var asked = Assert.Single(_vault.Application.Asked);
        Assert.Equal(["https://managedhsm.test/.default"], asked.Scopes);
        Assert.Equal(VaultDouble.Directory, asked.TenantId);
    }

    [Theory]
    [InlineData("https://vault.test")]
    [InlineData("https://management.example.org")]
    [InlineData("https://test")]
    [InlineData("http://managedhsm.test")]
    [InlineData("https://managedhsm.test@example.org")]
    [InlineData("https://clinic.managedhsm.test")]
    [InlineData("managedhsm.test")]
    public async Task Challenge_ForAnotherResource_GetsNoToken(string resource)
    {
        _vault.Resource = resource;
        Assert.Equal(KekFailure.Denied, await FailsAsync(_vault.Open(s_uri).WrapAsync(new byte[32], s_context, Token)));
        Assert.Empty(_vault.Application.Asked);
        Assert.All(_vault.Calls, static call => Assert.Empty(call.Token));
    }

    [Fact]
    public async Task Vault_ThatDoesNotAskWhoCalls_GetsNoKey()
    {
        string? body = null;
        _vault.Server.Fail(async context =>
        {
            body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            await context.Response.WriteAsync("{}");
        });
        var kek = _vault.Open(s_uri);
        Assert.Equal(KekFailure.Unavailable, await FailsAsync(kek.WrapAsync(new byte[32], s_context, Token)));
        await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(new WrappedKey(new string('a', 32), (byte[])[2, .. new byte[60]]), s_context, new byte[64], Token));
        Assert.Equal("", body);
    }

    [Fact]
    public async Task Token_ThatIsRevoked_IsReplacedOnce()
    {
        var kek = _vault.Open(s_uri);
        await kek.WrapAsync(new byte[32], s_context, Token);
        _vault.Revoke("application|https://managedhsm.test/.default|1");
        await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(2, _vault.Application.Asked.Count);

        for (int i = 2; i < 6; i++)
        {
            _vault.Revoke($"application|https://managedhsm.test/.default|{i}");
        }

        int calls = _vault.Calls.Count;
        Assert.Equal(KekFailure.Denied, await FailsAsync(kek.WrapAsync(new byte[32], s_context, Token)));
        Assert.Equal(3, _vault.Application.Asked.Count);
        Assert.Equal(2, _vault.Calls.Count - calls);
    }

    [Fact]
    public async Task Token_WithClaimsMissing_IsAskedForWithThem()
    {
        var kek = _vault.Open(s_uri);
        await kek.WrapAsync(new byte[32], s_context, Token);
        bool isFirst = true;
        _vault.Server.Fail(async context =>
        {
            if (isFirst)
            {
                isFirst = false;
                context.Response.Headers.WWWAuthenticate =
                    """Bearer realm="", authorization_uri="https://login.directory.test/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==" """.Trim();
                await VaultDouble.WriteAsync(context, 401, "Unauthorized");
                _vault.Server.Fail(null);
            }
        });
        await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Equal("""{"access_token":{}}""", _vault.Application.Asked.Last().Claims);
        Assert.Equal(VaultDouble.Directory, _vault.Application.Asked.Last().TenantId);
    }

    [Fact]
    public async Task Token_IsRenewedAheadOfItsEnd_AndServesUntilThen()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var credential = new TestCredential("application", TimeSpan.FromMinutes(20));
        var kek = _vault.Open(s_uri, credential, time: time);
        await kek.WrapAsync(new byte[32], s_context, Token);
        time.Advance(TimeSpan.FromMinutes(14));
        await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Single(credential.Asked);

        credential.Failure = new InvalidOperationException("no more");
        time.Advance(TimeSpan.FromMinutes(2));
        await kek.WrapAsync(new byte[32], s_context, Token);

        // Nobody waits for what is asked for ahead.
        Assert.True(SpinWait.SpinUntil(() => credential.Asked.Count == 2, TimeSpan.FromSeconds(30)));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(KekFailure.Denied, await FailsAsync(kek.WrapAsync(new byte[32], s_context, Token)));
        credential.Failure = null;
        await kek.WrapAsync(new byte[32], s_context, Token);
    }

    [Fact]
    public async Task Token_ThatComesLate_IsThereForTheNextAttempt()
    {
        var gate = new TaskCompletionSource();
        var credential = new TestCredential("application") { Delay = gate.Task };
        var kek = _vault.Open(s_uri, credential);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.WrapAsync(new byte[32], s_context, patience.Token));
        gate.SetResult();
        await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Single(credential.Asked);
    }

    public static TheoryData<Exception, KekFailure> Failures() => new()
    {
        { new AuthenticationFailedException("wrong secret"), KekFailure.Denied },
        { new CredentialUnavailableException("nobody is signed in"), KekFailure.Denied },
        { new AuthenticationFailedException("no network", new HttpRequestException("refused")), KekFailure.Unavailable },
        { new AuthenticationFailedException("busy", new Azure.RequestFailedException(503, "busy")), KekFailure.Unavailable },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Token_ThatIsNotToBeHad_IsTyped(Exception error, KekFailure failure)
    {
        var kek = _vault.Open(s_uri, new TestCredential("application") { Failure = error });
        Assert.Equal(failure, await FailsAsync(kek.WrapAsync(new byte[32], s_context, Token)));
    }

    [Theory]
    [InlineData("Bearer authorization=\"https://login.test/d1\", resource=\"https://vault.test\"", "vault.test", "d1")]
    [InlineData("bearer authorization=https://login.test/d1 resource=https://vault.test", "vault.test", "d1")]
    [InlineData("Bearer authorization=\"https://login.test/d1/\", scope=\"https://managedhsm.test/.default\"", "managedhsm.test", "d1")]
    [InlineData("Bearer authorization=\"https://login.test/common\", resource=\"https://vault.test/\"", "vault.test", null)]
    [InlineData("Bearer authorization=\"https://login.test/a b\", resource=\"https://vault.test/x\"", "", null)]
    [InlineData("Bearer realm=\"\"", null, null)]
    public void Challenge_IsRead(string header, string? resource, string? directory)
    {
        var challenge = VaultChallenge.Parse(header);
        Assert.Equal((resource, directory), (challenge!.Resource, challenge.Directory));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Negotiate")]
    [InlineData("PoP nonce=\"x\"")]
    public void Challenge_OfAnotherScheme_IsNone(string? header) => Assert.Null(VaultChallenge.Parse(header));

    private static IEnumerable<Func<Task>> Calls(IKeyEncryptionKey kek, WrappedKey wrapped) =>
    [
        async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token),
        async () => await kek.WrapAsync(new byte[32], s_context, Token),
        async () => await kek.CheckAsync(Token),
    ];

    private static async Task<KekFailure> FailsAsync(ValueTask<WrappedKey> call) => (await Assert.ThrowsAsync<KekException>(async () => await call)).Failure;
}
