using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Tests.Crypto.Aead;

// PEERS 7: AesGcm is not thread-safe, and a key in use is never taken away
public sealed class AeadPoolTests
{
    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public async Task Pool_UsedByManyThreads_NeverMixesThemUp(string provider)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var pool = new AeadPool("p", (_, subkey) => key.CopyTo(subkey), new AeadContexts(Providers.Named(provider), 100));
        int wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            Span<byte> tag = stackalloc byte[16];
            for (int i = 0; i < 20_000; i++)
            {
                byte[] nonce = RandomNumberGenerator.GetBytes(12);
                byte[] text = BitConverter.GetBytes(((long)thread << 32) | (uint)i);
                byte[] cipher = [.. text];
                pool.Encrypt(nonce, cipher, cipher, tag);
                byte[] plain = new byte[8];
                if (!pool.TryDecrypt(nonce, cipher, tag, plain) || !plain.AsSpan().SequenceEqual(text))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })));
        Assert.Equal(0, wrong);
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public async Task Pool_ClosedUnderItsUsers_NeverCorrupts(string provider)
    {
        for (int round = 0; round < 200; round++)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            using var reference = new AesGcm(key, 16);
            bool closed = false;
            var contexts = new AeadContexts(Providers.Named(provider), 100);
            var pool = new AeadPool("p", (_, subkey) =>
            {
                ObjectDisposedException.ThrowIf(Volatile.Read(ref closed), typeof(AeadPool));
                key.CopyTo(subkey);
            }, contexts);
            var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                try
                {
                    for (int i = 0; i < 1_000; i++)
                    {
                        byte[] nonce = RandomNumberGenerator.GetBytes(12);
                        byte[] cipher = [1, 2, 3];
                        byte[] tag = new byte[16];
                        pool.Encrypt(nonce, cipher, cipher, tag);
                        byte[] plain = new byte[3];
                        lock (reference)
                        {
                            reference.Decrypt(nonce, cipher, tag, plain);
                        }

                        Assert.Equal([1, 2, 3], plain);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // Use after the end is refused; never a wrong value.
                }
            })).ToList();
            await Task.Yield();
            Volatile.Write(ref closed, true);
            pool.Close();
            await Task.WhenAll(users);
            Assert.Equal(0, contexts.Live);
        }
    }

    [Fact]
    public void Pools_BeyondTheBound_GiveUpTheLeastRecentlyUsed()
    {
        var contexts = new AeadContexts(PortableAead.Instance, 10);
        var derived = new List<string>();
        var pools = Enumerable.Range(0, 100).Select(i => new AeadPool($"p{i}", (purpose, _) => derived.Add(purpose), contexts)).ToList();
        foreach (var pool in pools)
        {
            Use(pools[0]);
            Use(pool);
        }

        Assert.Equal(10, contexts.Live);
        Assert.Single(derived, "p0");
        Use(pools[99]);
        Use(pools[1]);
        Assert.Equal(2, derived.Count(static purpose => purpose == "p1"));
        Assert.Single(derived, "p99");

        pools.ForEach(static pool => pool.Close());
        Assert.Equal(0, contexts.Live);
    }

    [Fact]
    public void Context_ThatFailed_IsNotLeasedAgain()
    {
        var contexts = new AeadContexts(PortableAead.Instance, 10);
        int derived = 0;
        var pool = new AeadPool("p", (_, _) => derived++, contexts);
        Use(pool);
        Assert.Throws<ArgumentException>(() => pool.Encrypt(new byte[12], new byte[3], new byte[3], new byte[15]));
        Assert.Equal(0, contexts.Live);
        Use(pool);
        Assert.Equal(2, derived);
    }

    private static void Use(AeadPool pool) => pool.Encrypt(new byte[12], new byte[3], new byte[3], new byte[16]);
}
