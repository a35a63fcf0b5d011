using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.Benchmarks;

/// <summary>
/// One string, protected, unprotected and indexed, beside the base of every ratio: one reused <see cref="AesGcm"/>, preallocated spans,
/// 48 bytes of associated data, the same payload.
/// </summary>
public sealed class ValueBench : IDisposable
{
    private const string Purpose = "bench.value";
    private const long Uses = 1L << 28;

    private readonly ColumnCryptInstance _instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly KeyRingLease _lease;
    private readonly IndexDefinition _index = new(Purpose, "eq");
    private readonly ValueCodec<string> _codec = ValueCodecs.For<string>();
    private readonly string _text;
    private readonly byte[] _value;
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(32), 16);
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _associated = new byte[48];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _plaintext;
    private readonly byte[] _ciphertext;

    public ValueBench(int size)
    {
        _lease = _instance.AcquireRing("bench", Uses, new IndexVersions([1], []));
        _text = new string('x', size);
        _value = Protect();
        _plaintext = new byte[size];
        _ciphertext = new byte[size];
        BaseEncrypt();
    }

    /// <summary>The size of the result of <see cref="Protect"/> on the heap.</summary>
    public int ValueSize => _value.Length;

    public byte[] Protect() => _lease.Encrypt(Purpose, _text, _codec);

    public string Unprotect() => _lease.Decrypt(Purpose, _value, _codec);

    public byte[] Index() => _lease.Index(_index, _text, _codec, IndexUse.Write)!;

    public void BaseEncrypt() => _gcm.Encrypt(_nonce, _plaintext, _ciphertext, _tag, _associated);

    public void BaseDecrypt() => _gcm.Decrypt(_nonce, _ciphertext, _tag, _plaintext, _associated);

    public void Dispose()
    {
        _lease.Dispose();
        _instance.Dispose();
        _gcm.Dispose();
    }
}
