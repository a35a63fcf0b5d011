using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Store;

namespace ColumnCrypt.Kek.Tests.Outages;

/// <summary>
/// What a node does while the server of its KEK hangs or is killed under load: it serves the keys that it has, and what needs the KEK fails by its
/// time limit; afterwards it recovers by itself, without a storm of calls.
/// </summary>
public abstract class OutageContract
{
    private const int NewTenants = 40;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    // What a busy machine takes besides is not the KEK's.
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract Task<IOutage> StartAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Node_WhenTheServerIsKilledOrHangsUnderLoad_ServesOnAndRecovers(bool isKilled)
    {
        using var server = await StartAsync();
        var provider = new CountingProvider(server.Provider);
        using var node = ColumnCryptInstance.Create(cc =>
        {
            cc.AddKekProvider(provider).UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System)).UseKek(server.Uri, o =>
            {
                server.Configure(o);
                o.Resilience.AttemptTimeout = TimeSpan.FromMilliseconds(500);
                o.Resilience.BreakerPause = TimeSpan.FromMilliseconds(500);
            });
            cc.Bounds.KekTimeout = s_timeout;
        });
        await EncryptAsync(node, "acme");
        using var ending = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => ReadAsync(node, ending.Token)).ToList();
        var beside = Enumerable.Range(0, 20).Select(i => Record.ExceptionAsync(() => EncryptAsync(node, $"beside-{i}")).AsTask()).ToList();
        (isKilled ? (Action)server.Kill : server.Pause)();

        long start = Stopwatch.GetTimestamp();
        var waiting = Enumerable.Range(0, NewTenants).Select(i => Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(node, $"new-{i}"))).ToList();
        Assert.All(await Task.WhenAll(waiting), static error => Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_timeout + s_slack);
        Assert.All(await Task.WhenAll(beside), static error => Assert.True(error is null or KeyUnavailableException { Reason: KeyUnavailableReason.Unavailable }, error?.ToString()));
        await ending.CancelAsync();
        Assert.InRange((await Task.WhenAll(readers)).Max(), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        int before = provider.Calls;
        (isKilled ? (Action)server.Restart : server.Resume)();
        await Task.WhenAll(Enumerable.Range(0, NewTenants).Select(i => EventuallyAsync(node, $"new-{i}")));
        Assert.InRange(provider.Calls - before, NewTenants, 3 * NewTenants);
    }

    // A tenant whose keys the node has, all the time; the longest time that it took once.
    private static async Task<TimeSpan> ReadAsync(ColumnCryptInstance node, CancellationToken ending)
    {
        var longest = TimeSpan.Zero;
        while (!ending.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            await EncryptAsync(node, "acme");
            var took = Stopwatch.GetElapsedTime(start);
            longest = took > longest ? took : longest;
            await Task.Delay(10, Token);
        }

        return longest;
    }

    // A node that was refused remembers that for a moment.
    private static async Task EventuallyAsync(ColumnCryptInstance node, string tenant)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await EncryptAsync(node, tenant);
                return;
            }
            catch (KeyUnavailableException error) when (error.IsTransient && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(200, Token);
            }
        }
    }

    private static async Task EncryptAsync(ColumnCryptInstance node, string tenant)
    {
        using var cipher = await node.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
        Assert.Equal("x", cipher.Decrypt(cipher.Encrypt("x")!));
    }
}
