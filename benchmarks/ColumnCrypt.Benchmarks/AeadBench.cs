using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Benchmarks;

/// <summary>The parts that protecting and unprotecting a string are made of, each alone, beside the base: one reused <see cref="AesGcm"/> with 48 bytes of associated data.</summary>
public sealed class AeadBench : IDisposable
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly AesGcm _gcm;
    private readonly AeadContext _context;
    private readonly AeadPool _pool;
    private readonly NonceSource _nonces = new(TimeProvider.System);
    private readonly ValueCodec<string> _codec = ValueCodecs.For<string>();
    private readonly byte[] _nonce = new byte[AeadContext.NonceSize];
    private readonly byte[] _made = new byte[AeadContext.NonceSize];
    private readonly byte[] _associated = new byte[48];
    private readonly byte[] _tag = new byte[AeadContext.TagSize];
    private readonly byte[] _sealedTag = new byte[AeadContext.TagSize];
    private readonly byte[] _plaintext;
    private readonly byte[] _ciphertext;
    private readonly byte[] _opened;
    private readonly string _text;

    /// <param name="size">The size of the payload in bytes.</param>
    /// <param name="portable">Whether AesGcm is to be used where the other provider could be.</param>
    public AeadBench(int size, bool portable)
    {
        var provider = (portable ? AeadChoice.Portable : AeadChoice.Best).Provider;
        Cipher = provider.Name;
        _gcm = new AesGcm(_key, AeadContext.TagSize);
        _context = provider.Open(_key);
        _pool = new AeadPool("bench.value", (_, subkey) => _key.CopyTo(subkey), new AeadContexts(provider, 100));
        _text = new string('x', size);
        _plaintext = new byte[size];
        _ciphertext = new byte[size];
        _opened = new byte[size];
        _context.Encrypt(_nonce, _plaintext, _ciphertext, _sealedTag);
    }

    /// <summary>The provider in use.</summary>
    public string Cipher { get; }

    public void Base() => _gcm.Encrypt(_nonce, _plaintext, _opened, _tag, _associated);

    public void WithoutAssociated() => _gcm.Encrypt(_nonce, _plaintext, _opened, _tag);

    public void NewAesGcm()
    {
        using var gcm = new AesGcm(_key, AeadContext.TagSize);
        gcm.Encrypt(_nonce, _plaintext, _opened, _tag, _associated);
    }

    /// <summary>The AEAD alone: a context that is at hand.</summary>
    public void Encrypt() => _context.Encrypt(_nonce, _plaintext, _opened, _tag);

    public void Decrypt() => Demand(_context.TryDecrypt(_nonce, _ciphertext, _sealedTag, _opened));

    /// <summary>The same, the context leased and given back.</summary>
    public void LeaseAndEncrypt() => _pool.Encrypt(_nonce, _plaintext, _opened, _tag);

    /// <inheritdoc cref="LeaseAndEncrypt"/>
    public void LeaseAndDecrypt() => Demand(_pool.TryDecrypt(_nonce, _ciphertext, _sealedTag, _opened));

    /// <summary>A nonce as values get them.</summary>
    public void Nonce() => _nonces.Next(_made);

    /// <summary>A nonce as wraps get them: one call of the system each.</summary>
    public void SystemNonce() => SystemRandom.Fill(_made);

    public void PlatformNonce() => RandomNumberGenerator.Fill(_made);

    /// <summary>The result, with the text encoded into it.</summary>
    public object Encode() => _codec.Encode(_text, ValueFrame.HeaderSize, ValueFrame.TagSize);

    public object Decode() => _codec.Decode(_plaintext);

    public void Dispose()
    {
        _pool.Close();
        _context.Dispose();
        _gcm.Dispose();
    }

    private static void Demand(bool authentic)
    {
        if (!authentic)
        {
            throw new InvalidOperationException("A value that was just encrypted is refused.");
        }
    }
}
