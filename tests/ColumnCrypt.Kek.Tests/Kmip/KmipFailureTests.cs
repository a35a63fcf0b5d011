using System.Security.Authentication;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>Key servers that are not who they say, that answer nonsense, or not at all.</summary>
public sealed class KmipFailureTests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static KmipServer Server => KmipServer.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tls_WhenTheServerIsOfAnotherAuthority_IsRefused()
    {
        await AssertNoTlsAsync(Server.Open(Server.Uri("kek"), static server => server.AuthorityFile = Server.StrangeAuthorityFile));
        await AssertNoTlsAsync(Server.Open(Server.Uri("kek"), static server => server.AuthorityFile = null));
    }

    [Fact]
    public async Task Tls_WhenTheCertificateIsForAnotherHost_IsRefused()
    {
        using var server = new HostileServer(answer: null, withAddress: false);
        await AssertNoTlsAsync(server.Open());
        var error = await Assert.ThrowsAsync<KekException>(async () => await server.Open("localhost").CheckAsync(Token));
        Assert.IsNotType<AuthenticationException>(error.InnerException);
    }

    [Fact]
    public async Task Tls_WhenTheServerRefusesTheClient_IsUnavailable()
    {
        var kek = Server.Open(Server.Uri("kek"), static server => server.ClientCertificate = Server.Stranger);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
    }

    [Fact]
    public async Task Host_WhenItIsAName_IsCheckedAsOne()
    {
        var (kek, _) = await Server.CreateAsync();
        await Server.Open(Server.Uri(kek.Id[(kek.Id.IndexOf('/', StringComparison.Ordinal) + 1)..], "localhost")).CheckAsync(Token);
    }

    [Theory]
    [InlineData(null)] // it closes
    [InlineData("00")]
    [InlineData("485454502F312E312034303020426164")] // HTTP/1.1 400 Bad
    [InlineData("42007B01FFFFFFFF")]
    [InlineData("42007B0100010001")]
    [InlineData("42007B0100000000")]
    [InlineData("42007B0100000008FFFFFFFFFFFFFFFF")]
    public async Task Answer_ThatIsNone_IsUnavailableAndTheConnectionIsNotUsedAgain(string? answer)
    {
        using var server = new HostileServer(answer is null ? null : Convert.FromHexString(answer));
        var kek = server.Open();
        for (int round = 1; round <= 2; round++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            long before = GC.GetTotalAllocatedBytes();
            var wrap = Record.ExceptionAsync(async () => await kek.WrapAsync(new byte[32], s_context, patience.Token));
            if (answer == "00")
            {
                // The beginning of an answer that never comes.
                SpinWait.SpinUntil(() => server.Accepted == round, TimeSpan.FromSeconds(60));
                patience.CancelAfter(TimeSpan.FromMilliseconds(500));
            }

            var error = await wrap;
            Assert.True(error is KekException { Failure: KekFailure.Unavailable } || (answer == "00" && error is OperationCanceledException), error?.ToString());
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 * 1024 * 1024);
            Assert.Equal(round, server.Accepted);
        }
    }

    [Fact]
    public async Task Cancelled_WhileTheServerIsSilent_GivesTheConnectionUp()
    {
        using var server = new HostileServer([0x42]);
        var kek = server.Open();
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.CheckAsync(cancelled.Token));
        Assert.Equal(0, ((ColumnCrypt.Kek.Kmip.KmipKek)kek).Client.Pool.Idle);
    }

    private static async Task AssertNoTlsAsync(IKeyEncryptionKey kek)
    {
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.IsType<AuthenticationException>(error.InnerException);
        Assert.Contains("AuthorityFile", error.Message, StringComparison.Ordinal);
    }
}
