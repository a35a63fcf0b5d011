using System.Security.Cryptography;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Tests.Crypto;

// PEERS 7: AesGcm is not thread-safe, and a key in use is never taken away
public sealed class AeadPoolTests
{
    [Fact]
    public async Task Pool_UsedByManyThreads_NeverMixesThemUp()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var pool = new AeadPool(subkey => key.CopyTo(subkey));
        int wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            Span<byte> tag = stackalloc byte[16];
            for (int i = 0; i < 20_000; i++)
            {
                byte[] nonce = RandomNumberGenerator.GetBytes(12);
                byte[] text = BitConverter.GetBytes(((long)thread << 32) | (uint)i);
                byte[] cipher = [.. text];
                pool.Encrypt(nonce, cipher, tag);
                byte[] plain = new byte[8];
                if (!pool.TryDecrypt(nonce, cipher, tag, plain) || !plain.AsSpan().SequenceEqual(text))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })));
        Assert.Equal(0, wrong);
    }

    [Fact]
    public async Task Pool_ClosedUnderItsUsers_NeverCorrupts()
    {
        for (int round = 0; round < 200; round++)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            using var reference = new AesGcm(key, 16);
            bool closed = false;
            var pool = new AeadPool(subkey =>
            {
                ObjectDisposedException.ThrowIf(Volatile.Read(ref closed), typeof(AeadPool));
                key.CopyTo(subkey);
            });
            var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                try
                {
                    for (int i = 0; i < 1_000; i++)
                    {
                        byte[] nonce = RandomNumberGenerator.GetBytes(12);
                        byte[] cipher = [1, 2, 3];
                        byte[] tag = new byte[16];
                        pool.Encrypt(nonce, cipher, tag);
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
        }
    }
}
