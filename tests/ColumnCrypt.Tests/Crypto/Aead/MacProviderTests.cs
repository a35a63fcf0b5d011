using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Tests.Crypto.Aead;

// What is demanded of every provider's HMAC-SHA-256.
public sealed class MacProviderTests
{
    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Provider_PassesTheSelfTest(string name) => Assert.Null(MacSelfTest.FindFault(Providers.Named(name)));

    // RFC 4231, section 4.5.
    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Mac_IsThePublishedOne(string name)
    {
        using var context = Providers.Named(name).OpenMac(Convert.FromHexString("0102030405060708090a0b0c0d0e0f10111213141516171819"));
        byte[] message = new byte[50];
        Array.Fill(message, (byte)0xcd);
        byte[] mac = new byte[32];
        context.Compute(message, mac);
        Assert.Equal("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", Convert.ToHexStringLower(mac));
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Context_ServesMessagesOfAllSizesInTurn(string name)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        using var context = Providers.Named(name).OpenMac(key);
        byte[] mac = new byte[32];
        foreach (int size in (int[])[0, 1, 63, 64, 65, 1_000, 1 << 20, 0, 1])
        {
            byte[] message = RandomNumberGenerator.GetBytes(size);
            context.Compute(message, mac);
            Assert.Equal(HMACSHA256.HashData(key, message), mac);
        }
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Context_WithoutRoomForTheMac_IsRefused(string name)
    {
        using var context = Providers.Named(name).OpenMac(new byte[32]);
        Assert.ThrowsAny<ArgumentException>(() => context.Compute([1], new byte[31]));
    }

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Context_AfterDisposal_IsRefused(string name)
    {
        var context = Providers.Named(name).OpenMac(new byte[32]);
        context.Dispose();
        context.Dispose();
        Assert.Throws<ObjectDisposedException>(() => context.Compute([1], new byte[32]));
    }
}
