using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Kek.Tests.Vault;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.Hierarchical;

// SPEC-WRAP-17
/// <summary>A Vault below a hierarchical KEK that dies, or stops answering, under load.</summary>
public sealed class HierarchicalOutageTests
{
    private const int Tenants = 40;
    private const int Bound = 64;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Node_WhenTheInnerKekIsGoneUnderLoad_LoadsTenantsOnAndRecovers(bool isKilled)
    {
        using var server = new VaultServer();
        string uri = $"hierarchical:vault:transit/{await server.CreateKeyAsync()}";
        var store = new InMemoryKeyStore(TimeProvider.System);
        var values = new byte[Tenants][];
        using (var maker = Start(server, uri, store))
        {
            for (int i = 0; i < Tenants; i++)
            {
                values[i] = await EncryptAsync(maker, $"t{i}");
            }
        }

        var events = new EventList();
        using var node = Start(server, uri, store, events);
        await DecryptAsync(node, "t0", values[0]);
        using var ending = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(worker => LoadAsync(node, values, worker, ending.Token)).ToList();
        if (isKilled)
        {
            server.Http.Kill();
        }
        else
        {
            server.Http.Pause();
        }

        // New tenants too, as many as their intermediate key has room for: the maker reserved 8 + 16 + 32 of it.
        await Task.Delay(TimeSpan.FromSeconds(3), Token);
        for (int i = 0; i < Bound - 56; i++)
        {
            await EncryptAsync(node, $"new-{i}");
        }

        long start = Stopwatch.GetTimestamp();
        var full = await Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(node, "one more"));
        Assert.Equal(KeyUnavailableReason.Unavailable, full.Reason);
        AssertInTime(Stopwatch.GetElapsedTime(start));
        await ending.CancelAsync();
        AssertInTime((await Task.WhenAll(load)).Max());
        Assert.Contains(ColumnCryptEventId.IntermediateStale, events.Events);

        if (isKilled)
        {
            server.Http.Restart();
        }
        else
        {
            server.Http.Resume();
        }

        await EventuallyAsync(() => EncryptAsync(node, "one more"));
    }

    private static ColumnCryptInstance Start(VaultServer server, string uri, IKeyStore store, EventList? events = null) => ColumnCryptInstance.Create(cc =>
    {
        cc.AddVault(server.Configure).UseKeyStore(() => store).UseLoggerFactory(events ?? new EventList()).UseKek(uri, static o =>
        {
            o.Resilience.AttemptTimeout = TimeSpan.FromMilliseconds(500);
            o.Resilience.BreakerPause = TimeSpan.FromMilliseconds(500);
        });
        (cc.Bounds.KekTimeout, cc.Bounds.MaxKeysPerIntermediate) = (s_timeout, Bound);

        // An intermediate key is asked for again after a tenth of it.
        (cc.Bounds.RefreshInterval, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(500));
    });

    // Every value is read, all the time; the longest time that one took.
    private static async Task<TimeSpan> LoadAsync(ColumnCryptInstance node, byte[][] values, int worker, CancellationToken ending)
    {
        var longest = TimeSpan.Zero;
        for (int i = worker; !ending.IsCancellationRequested; i = (i + 1) % values.Length)
        {
            long start = Stopwatch.GetTimestamp();
            await DecryptAsync(node, $"t{i}", values[i]);
            var took = Stopwatch.GetElapsedTime(start);
            longest = took > longest ? took : longest;
            await Task.Delay(20, Token);
        }

        return longest;
    }

    // What a busy machine takes besides is not the KEK's.
    private static void AssertInTime(TimeSpan took) => Assert.InRange(took, TimeSpan.Zero, s_timeout + TimeSpan.FromSeconds(2));

    private static async Task EventuallyAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (KeyUnavailableException error) when (error.IsTransient && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(200, Token);
            }
        }
    }

    private static async Task<byte[]> EncryptAsync(ColumnCryptInstance instance, string tenant)
    {
        using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
        return cipher.Encrypt("x")!;
    }

    private static async Task DecryptAsync(ColumnCryptInstance instance, string tenant, byte[] value)
    {
        using var cipher = await instance.GetCipherAsync<string>(tenant, "patient.name", 0, cancellationToken: Token);
        Assert.Equal("x", cipher.Decrypt(value));
    }
}
