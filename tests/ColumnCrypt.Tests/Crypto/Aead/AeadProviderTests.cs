using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Tests.Crypto.Aead;

// What is demanded of every provider. SPEC-VAL-1 SPEC-VAL-3
public sealed class AeadProviderTests
{
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Provider_PassesTheSelfTest(string name) => Assert.Null(AeadSelfTest.FindFault(Providers.Named(name)));

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Values_OfEachProvider_AreReadByTheOther(string name)
    {
        using var writer = Providers.Named(name).Open(s_key);
        foreach (string other in Providers.Names.Select(static row => row.Data))
        {
            using var reader = Providers.Named(other).Open(s_key);
            foreach (int size in (int[])[0, 1, 15, 16, 17, 64, 1_023, 1_024, 1_025, 65_536, 1 << 20])
            {
                byte[] plaintext = RandomNumberGenerator.GetBytes(size);
                var (nonce, ciphertext, tag) = Encrypt(writer, plaintext);
                byte[] opened = new byte[size];
                Assert.True(reader.TryDecrypt(nonce, ciphertext, tag, opened));
                Assert.Equal(plaintext, opened);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Encryption_ToAnotherPlace_GivesTheSameAndLeavesThePlaintext(string name)
    {
        using var context = Providers.Named(name).Open(s_key);
        foreach (int size in (int[])[0, 1, 16, 1_024, 1_025, 65_536])
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(size);
            var (nonce, ciphertext, tag) = Encrypt(context, plaintext);
            byte[] source = [.. plaintext];
            byte[] elsewhere = new byte[size];
            byte[] again = new byte[16];
            context.Encrypt(nonce, source, elsewhere, again);
            Assert.Equal(ciphertext, elsewhere);
            Assert.Equal(tag, again);
            Assert.Equal(plaintext, source);
        }

        Assert.ThrowsAny<ArgumentException>(() => context.Encrypt(new byte[12], new byte[17], new byte[16], new byte[16]));
        Assert.ThrowsAny<ArgumentException>(() => context.Encrypt(new byte[12], new byte[15], new byte[16], new byte[16]));
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void OneBitChanged_Anywhere_IsRefusedAndNoPlaintextIsLeft(string name)
    {
        using var context = Providers.Named(name).Open(s_key);
        byte[] plaintext = RandomNumberGenerator.GetBytes(40);
        var (nonce, ciphertext, tag) = Encrypt(context, plaintext);
        foreach (byte[] part in (byte[][])[nonce, ciphertext, tag])
        {
            for (int bit = 0; bit < 8 * part.Length; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                byte[] opened = RandomNumberGenerator.GetBytes(plaintext.Length);
                Assert.False(context.TryDecrypt(nonce, ciphertext, tag, opened));
                Assert.Equal(new byte[plaintext.Length], opened);
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        byte[] whole = new byte[plaintext.Length];
        Assert.True(context.TryDecrypt(nonce, ciphertext, tag, whole));
        Assert.Equal(plaintext, whole);
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void AssociatedData_IsReadByTheOtherProviderAndRefusedWhenChanged(string name)
    {
        using var writer = Providers.Named(name).Open(s_key);
        foreach (string other in Providers.Names.Select(static row => row.Data))
        {
            using var reader = Providers.Named(other).Open(s_key);
            foreach (int size in (int[])[1, 12, 13, 16, 106, 1_025])
            {
                byte[] associated = RandomNumberGenerator.GetBytes(size);
                byte[] nonce = RandomNumberGenerator.GetBytes(12);
                byte[] plaintext = RandomNumberGenerator.GetBytes(32);
                byte[] ciphertext = new byte[32];
                byte[] tag = new byte[16];
                byte[] opened = new byte[32];
                writer.Encrypt(nonce, plaintext, ciphertext, tag, associated);
                Assert.True(reader.TryDecrypt(nonce, ciphertext, tag, opened, associated));
                Assert.Equal(plaintext, opened);
                Assert.False(reader.TryDecrypt(nonce, ciphertext, tag, opened));
                Assert.False(reader.TryDecrypt(nonce, ciphertext, tag, opened, associated.AsSpan(1)));
                associated[^1] ^= 1;
                Assert.False(reader.TryDecrypt(nonce, ciphertext, tag, opened, associated));
                Assert.Equal(new byte[32], opened);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void FuzzedCiphertext_NeverOpensAndNeverCrashes(string name)
    {
        using var context = Providers.Named(name).Open(s_key);
        var random = new Random(20261125);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] ciphertext = new byte[random.Next(0, i % 100 == 0 ? 20_000 : 200)];
            byte[] nonce = new byte[12];
            byte[] tag = new byte[16];
            random.NextBytes(ciphertext);
            random.NextBytes(nonce);
            random.NextBytes(tag);
            byte[] opened = new byte[ciphertext.Length];
            Assert.False(context.TryDecrypt(nonce, ciphertext, tag, opened));
            Assert.False(opened.AsSpan().ContainsAnyExcept((byte)0));
        }
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void WrongSizes_AreRefused(string name)
    {
        var provider = Providers.Named(name);
        using var context = provider.Open(s_key);
        byte[] text = new byte[16];
        foreach (int size in (int[])[0, 12, 15, 17, 32])
        {
            Assert.ThrowsAny<ArgumentException>(() => context.Encrypt(new byte[12], text, new byte[size]));
            Assert.ThrowsAny<ArgumentException>(() => context.TryDecrypt(new byte[12], text, new byte[size], new byte[16]));
        }

        foreach (int size in (int[])[0, 8, 11, 13, 16])
        {
            Assert.ThrowsAny<ArgumentException>(() => context.Encrypt(new byte[size], text, new byte[16]));
            Assert.ThrowsAny<ArgumentException>(() => context.TryDecrypt(new byte[size], text, new byte[16], new byte[16]));
        }

        Assert.ThrowsAny<ArgumentException>(() => context.TryDecrypt(new byte[12], text, new byte[16], new byte[15]));
        Assert.ThrowsAny<ArgumentException>(() => context.TryDecrypt(new byte[12], text, new byte[16], new byte[17]));
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Context_AfterDisposal_IsRefusedAndNotUsed(string name)
    {
        var context = Providers.Named(name).Open(s_key);
        context.Dispose();
        context.Dispose();
        Assert.Throws<ObjectDisposedException>(() => context.Encrypt(new byte[12], new byte[16], new byte[16]));
        Assert.Throws<ObjectDisposedException>(() => context.TryDecrypt(new byte[12], new byte[16], new byte[16], new byte[16]));
    }

    private static (byte[] Nonce, byte[] Ciphertext, byte[] Tag) Encrypt(AeadContext context, byte[] plaintext)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(12);
        byte[] text = [.. plaintext];
        byte[] tag = new byte[16];
        context.Encrypt(nonce, text, tag);
        return (nonce, text, tag);
    }
}
