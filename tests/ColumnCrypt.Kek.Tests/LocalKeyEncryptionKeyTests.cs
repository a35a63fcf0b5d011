using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests;

public class LocalKeyEncryptionKeyTests
{
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_When64ArriveAtAColdKek_OpenItOnce()
    {
        int opened = 0;
        using var gate = new ManualResetEventSlim();
        using var kek = new LocalKeyEncryptionKey("file:x", KekCapabilities.None, () =>
        {
            Interlocked.Increment(ref opened);
            gate.Wait(Token);
            return LocalKek.Random(AeadChoice.Best.Provider);
        });
        var calls = Enumerable.Range(0, 64).Select(async _ => await kek.WrapAsync(new byte[32], s_context, Token)).ToList();
        gate.Set();
        await Task.WhenAll(calls);
        Assert.Equal(1, opened);
    }

    [Fact]
    public async Task Calls_WhenOneIsCancelledWhileTheKekOpens_LeaveTheOthersWaiting()
    {
        using var gate = new ManualResetEventSlim();
        using var kek = new LocalKeyEncryptionKey("file:x", KekCapabilities.None, () =>
        {
            gate.Wait(Token);
            return LocalKek.Random(AeadChoice.Best.Provider);
        });
        using var impatient = new CancellationTokenSource();
        var patient = kek.WrapAsync(new byte[32], s_context, Token);
        var cancelled = kek.WrapAsync(new byte[32], s_context, impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        gate.Set();
        Assert.Equal(32 + 45, (await patient).Bytes.Length);
    }

    [Fact]
    public async Task Calls_WhenOpeningFailed_TryAgain()
    {
        int attempts = 0;
        using var kek = new LocalKeyEncryptionKey("file:x", KekCapabilities.None, () =>
            Interlocked.Increment(ref attempts) == 1 ? throw new KekException(KekFailure.Denied, "wrong") : LocalKek.Random(AeadChoice.Best.Provider));
        await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        await kek.CheckAsync(Token);
        await kek.CheckAsync(Token);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task Dispose_WhenTheKekIsStillOpening_ClosesItThen()
    {
        using var gate = new ManualResetEventSlim();
        var kek = new LocalKeyEncryptionKey("file:x", KekCapabilities.None, () =>
        {
            gate.Wait(Token);
            return LocalKek.Random(AeadChoice.Best.Provider);
        });
        var call = kek.WrapAsync(new byte[32], s_context, Token);
        kek.Dispose();
        gate.Set();
        var error = await Assert.ThrowsAsync<KekException>(async () => await call);
        Assert.Equal(KekFailure.Unavailable, error.Failure);
    }

    [Fact]
    public async Task Dispose_WhenCallersAreAtWork_NeverWrapsUnderAZeroedKey()
    {
        var random = new byte[32];
        Random.Shared.NextBytes(random);
        for (int round = 0; round < 50; round++)
        {
            var kek = new LocalKek(new KeyId(new byte[16]), random, AeadChoice.Best.Provider);
            var wraps = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            {
                var made = new List<WrappedKey>();
                try
                {
                    while (made.Count < 1000)
                    {
                        made.Add(kek.Wrap(random, s_context));
                    }
                }
                catch (KekException closed)
                {
                    Assert.Equal(KekFailure.Unavailable, closed.Failure);
                }

                return made;
            })).ToList();
            kek.Dispose();
            using var same = new LocalKek(new KeyId(new byte[16]), random, AeadChoice.Best.Provider);
            foreach (var wrap in (await Task.WhenAll(wraps)).SelectMany(static made => made))
            {
                Assert.Equal(32, same.Unwrap(wrap, s_context, new byte[64]));
            }
        }
    }

    [Fact]
    public void Wraps_OfEachProvider_AreOpenedByTheOther()
    {
        var key = new byte[32];
        Random.Shared.NextBytes(key);
        AeadProvider[] providers = [PortableAead.Instance, AeadChoice.Best.Provider];
        foreach (var writer in providers)
        {
            using var wrapping = new LocalKek(default, key, writer);
            foreach (var reader in providers)
            {
                using var unwrapping = new LocalKek(default, key, reader);
                var opened = new byte[64];
                Assert.Equal(32, unwrapping.Unwrap(unwrapping.Rewrap(wrapping.Wrap(key, s_context), s_context), s_context, opened));
                Assert.Equal(key, opened[..32]);
            }
        }
    }

    [Fact]
    public async Task Contexts_OfEightThreads_AreClosedWithTheKek()
    {
        var cipher = new CountingAead(AeadChoice.Best.Provider);
        var kek = LocalKek.Random(cipher);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                kek.Rewrap(kek.Wrap(new byte[32], s_context), s_context);
            }
        })));
        Assert.InRange(cipher.Live, 1, 8);
        kek.Dispose();
        Assert.Equal(0, cipher.Live);
        Assert.Throws<KekException>(() => kek.Wrap(new byte[32], s_context));
        Assert.Equal(0, cipher.Live);
    }

    [Fact]
    public void Wrap_WhenThePlatformFailed_TakesAnotherContext()
    {
        var cipher = new CountingAead(AeadChoice.Best.Provider) { FailsAt = 2 };
        using var kek = LocalKek.Random(cipher);
        kek.Wrap(new byte[32], s_context);
        Assert.Throws<CryptographicException>(() => kek.Wrap(new byte[32], s_context));
        Assert.Equal(0, cipher.Live);
        kek.Wrap(new byte[32], s_context);
        Assert.Equal(1, cipher.Live);
    }

    [Fact]
    public void Wrap_WhenRepeated_NeverRepeatsANonce()
    {
        using var kek = LocalKek.Random(AeadChoice.Best.Provider);
        var nonces = Enumerable.Range(0, 10_000).Select(_ => Convert.ToHexString(kek.Wrap(new byte[32], s_context).Bytes.Span.Slice(17, 12)));
        Assert.Equal(10_000, nonces.Distinct().Count());
    }
}
