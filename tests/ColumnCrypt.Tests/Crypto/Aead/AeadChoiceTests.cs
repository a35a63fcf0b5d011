using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Crypto.Aead;

public sealed class AeadChoiceTests
{
    [Fact]
    public void Best_OnLinux_IsTheLibcryptoOfDotNet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenSSL is the platform's cryptography on Linux only.");
        Assert.Equal("libcrypto", AeadChoice.Best.Provider.Name);
        Assert.Single(MappedLibcrypto.ReadMaps(File.ReadLines("/proc/self/maps")));
    }

    [Fact]
    public async Task PortableCipher_WhereAskedFor_ReadsWhatTheOtherWrote()
    {
        using var node = new TestNode();
        using var portable = new TestNode(node, configure: static cc => cc.UsePortableCipher());
        Assert.Equal("AesGcm", portable.Instance.Cipher);
        Assert.Equal("there", await portable.DecryptAsync("acme", await node.EncryptAsync("acme", "there")));
        Assert.Equal("back", await node.DecryptAsync("acme", await portable.EncryptAsync("acme", "back")));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("auto", false)]
    [InlineData("portable", true)]
    [InlineData("Portable", null)]
    [InlineData("libcrypto", null)]
    public void Variable_IsPortableOrAuto(string? variable, bool? off) => Assert.Equal(off, AeadChoice.IsTurnedOff(variable));

    [Fact]
    public void Library_ThatIsMissingOrOdd_IsRefusedWithAReason()
    {
        Assert.Equal("no libcrypto", Refusal(static () => throw new DllNotFoundException("no libcrypto")));
        Assert.Contains("EVP_CIPHER_CTX_new", Refusal(static () => new LibcryptoAead(static name => throw new EntryPointNotFoundException(name))), StringComparison.Ordinal);
        Assert.Equal("it does not give the published answers", Refusal(static () => new Odd((context, nonce, associated, text, tag) => { })));
        Assert.Equal("it does not give the published answers", Refusal(static () => new Odd(
            static (context, nonce, associated, text, tag) => context.Encrypt(nonce, text, text, tag, associated), acceptsAll: true)));
        Assert.Equal("it does not give the published answers", Refusal(static () => new Odd(static (context, nonce, associated, text, tag) => context.Encrypt(nonce, text, text, tag))));
        Assert.Equal("it does not agree with AesGcm", Refusal(static () => new Odd(static (context, nonce, associated, text, tag) =>
        {
            context.Encrypt(nonce, text, text, tag, associated);
            tag[0] ^= text.Length == 17_830 ? (byte)1 : (byte)0;
        })));
        Assert.Equal("its HMAC does not give the published answers", Refusal(static () => new Odd(
            static (context, nonce, associated, text, tag) => context.Encrypt(nonce, text, text, tag, associated), changesMac: static _ => true)));
        Assert.Equal("its HMAC does not agree with HMACSHA256", Refusal(static () => new Odd(
            static (context, nonce, associated, text, tag) => context.Encrypt(nonce, text, text, tag, associated), changesMac: static size => size == 299)));
        Assert.Equal("broken", Refusal(static () => new Odd(static (_, _, _, _, _) => throw new CryptographicException("broken"))));
        Assert.Null(AeadChoice.Try(static () => PortableAead.Instance).Refusal);
    }

    [Fact]
    public void Maps_AreReadByTheNameOfTheFile()
    {
        var maps = MappedLibcrypto.ReadMaps(
        [
            "7f00-7f10 r--p 00000000 fe:00 1 /usr/lib/x86_64-linux-gnu/libcrypto.so.3",
            "7f10-7f20 r-xp 00010000 fe:00 1 /usr/lib/x86_64-linux-gnu/libcrypto.so.3",
            "8f00-8f10 r-xp 00000000 fe:00 2 /opt/with space/libcrypto.so.1.1",
            "9f00-9f10 r-xp 00000000 fe:00 3 /usr/lib/libssl.so.3",
            "af00-af10 rw-p 00000000 00:00 0 ",
            "bf00-bf10 rw-p 00000000 00:00 0 [heap]",
        ]);
        Assert.Equal([(0x7f00UL, 0x7f10UL), (0x7f10UL, 0x7f20UL)], maps["/usr/lib/x86_64-linux-gnu/libcrypto.so.3"]);
        Assert.Equal([(0x8f00UL, 0x8f10UL)], maps["/opt/with space/libcrypto.so.1.1"]);
        Assert.Equal(2, maps.Count);
    }

    [Fact]
    public void Fallback_IsLoggedOnceForAnInstance()
    {
        using var events = new TestSupport.EventList();
        var refused = AeadChoice.Try(static () => throw new DllNotFoundException("no libcrypto"));
        var provider = ConfigurationCheck.Use(refused, events);
        Assert.Same(PortableAead.Instance, provider);
        Assert.Single(events.Events, ColumnCryptEventId.CipherFallback);
        ConfigurationCheck.Use(AeadChoice.Portable, events);
        Assert.Single(events.Events);
    }

    private static string? Refusal(Func<AeadProvider> open)
    {
        var choice = AeadChoice.Try(open);
        Assert.Same(PortableAead.Instance, choice.Provider);
        return choice.Refusal;
    }

    private delegate void Encryption(AeadContext context, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, Span<byte> tag);

    private sealed class Odd(Encryption encrypt, bool acceptsAll = false, Func<int, bool>? changesMac = null) : AeadProvider
    {
        public override string Name => "odd";

        public override AeadContext Open(ReadOnlySpan<byte> key) => new Context(PortableAead.Instance.Open(key), encrypt, acceptsAll);

        public override MacContext OpenMac(ReadOnlySpan<byte> key) => new Mac(PortableAead.Instance.OpenMac(key), changesMac ?? (static _ => false));

        private sealed class Mac(MacContext inner, Func<int, bool> changes) : MacContext
        {
            public override void Compute(ReadOnlySpan<byte> message, Span<byte> mac)
            {
                inner.Compute(message, mac);
                mac[0] ^= changes(message.Length) ? (byte)1 : (byte)0;
            }

            public override void Dispose() => inner.Dispose();
        }

        private sealed class Context(AeadContext inner, Encryption encrypt, bool acceptsAll) : AeadContext
        {
            public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated = default)
            {
                plaintext.CopyTo(ciphertext);
                encrypt(inner, nonce, associated, ciphertext, tag);
            }

            public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated = default) =>
                inner.TryDecrypt(nonce, ciphertext, tag, plaintext, associated) || acceptsAll;

            public override void Dispose() => inner.Dispose();
        }
    }
}
