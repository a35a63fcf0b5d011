using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks;

/// <summary>
/// One value, protected, unprotected and indexed, beside the base of every ratio: one reused <see cref="AesGcm"/>, preallocated spans,
/// 48 bytes of associated data, the same payload.
/// </summary>
public sealed class ValueBench<T> : IDisposable
{
    private const string Purpose = "bench.value";
    private const long Uses = 1L << 28;

    private readonly ColumnCryptInstance _instance;
    private readonly KeyRingLease _lease;
    private readonly IndexDefinition _index = new(Purpose, "eq");
    private readonly ValueCodec<T> _codec = ValueCodecs.For<T>();
    private readonly T _plain;
    private readonly byte[] _value;
    private readonly byte[] _buffer;
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(32), 16);
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _associated = new byte[48];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _plaintext;
    private readonly byte[] _ciphertext;

    /// <param name="plain">The value.</param>
    /// <param name="portable">Whether AesGcm is to be used where the other provider could be.</param>
    public ValueBench(T plain, bool portable)
    {
        _instance = ColumnCryptInstance.Create(cc => _ = portable ? cc.UseInMemoryKeys().UsePortableCipher() : cc.UseInMemoryKeys());
        _lease = _instance.AcquireRing("bench", Uses, new IndexVersions([1], []));
        _plain = plain;
        _value = Protect();
        _buffer = new byte[_value.Length];
        _plaintext = new byte[_value.Length - ValueFrame.Overhead];
        _ciphertext = new byte[_plaintext.Length];
        BaseEncrypt();
    }

    /// <summary>The provider in use.</summary>
    public string Cipher => _instance.Cipher;

    /// <summary>The size of the result of <see cref="Protect"/> on the heap.</summary>
    public int ValueSize => _value.Length;

    public byte[] Protect() => _lease.Encrypt(Purpose, _plain, _codec);

    public bool TryProtect() => _lease.TryEncrypt(Purpose, _plain, _codec, _buffer, out _);

    public T Unprotect() => _lease.Decrypt(Purpose, _value, _codec);

    public byte[] Index() => _lease.Index(_index, _plain, _codec, IndexUse.Write)!;

    public void BaseEncrypt() => _gcm.Encrypt(_nonce, _plaintext, _ciphertext, _tag, _associated);

    public void BaseDecrypt() => _gcm.Decrypt(_nonce, _ciphertext, _tag, _plaintext, _associated);

    public void Dispose()
    {
        _lease.Dispose();
        _instance.Dispose();
        _gcm.Dispose();
    }
}
