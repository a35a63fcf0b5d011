using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Benchmarks;

/// <summary>
/// A DEK of 32 bytes, wrapped, unwrapped and moved from one KEK of this process to another, beside the base: one reused <see cref="AesGcm"/> on the same payload,
/// preallocated spans, 48 bytes of associated data.
/// </summary>
public sealed class WrapBench : IDisposable
{
    private readonly LocalKek _from;
    private readonly LocalKek _to;
    private readonly WrapContext _context = new(new KeyId(RandomNumberGenerator.GetBytes(16)), "tenant-00001", new KeyId(RandomNumberGenerator.GetBytes(16)), KeyKind.Data);
    private readonly WrappedKey _wrapped;
    private readonly byte[] _dek = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _opened = new byte[SecretMemory.SlotSize];
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(32), 16);
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _associated = new byte[48];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _ciphertext = new byte[32];

    /// <param name="portable">Whether AesGcm is to be used where the other provider could be.</param>
    public WrapBench(bool portable)
    {
        var provider = (portable ? AeadChoice.Portable : AeadChoice.Best).Provider;
        Cipher = provider.Name;
        _from = LocalKek.Random(provider);
        _to = LocalKek.Random(provider);
        _wrapped = _from.Wrap(_dek, _context);
    }

    /// <summary>The provider in use.</summary>
    public string Cipher { get; }

    public void Base() => _gcm.Encrypt(_nonce, _dek, _ciphertext, _tag, _associated);

    public object Wrap() => _to.Wrap(_dek, _context);

    public int Unwrap() => _from.Unwrap(_wrapped, _context, _opened);

    /// <summary>From one KEK to another, as a rewrap does.</summary>
    public object Rewrap() => _to.Wrap(_opened.AsSpan(0, _from.Unwrap(_wrapped, _context, _opened)), _context);

    /// <summary>Under the same KEK anew.</summary>
    public object Renew() => _from.Rewrap(_wrapped, _context);

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
        _gcm.Dispose();
    }
}
