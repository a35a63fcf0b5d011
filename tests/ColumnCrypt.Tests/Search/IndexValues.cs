using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;

namespace ColumnCrypt.Tests.Search;

/// <summary>Index values under a key that the test knows, and what of a value they authenticate.</summary>
internal static class IndexValues
{
    private static readonly IndexNormalisers s_normalisers = new([]);

    /// <summary>An index value, for which each provider's HMAC must answer the same.</summary>
    public static byte[] Of(byte[] key, IndexDefinition index, byte[] message, int bits = IndexDefinition.FullBits)
    {
        byte[] value = Of(PortableAead.Instance, key, index, message, bits);
        Assert.Equal(value, Of(AeadChoice.Best.Provider, key, index, message, bits));
        return value;
    }

    private static byte[] Of(AeadProvider provider, byte[] key, IndexDefinition index, byte[] message, int bits)
    {
        byte[] commitment = Kdf.Commitment(key);
        var record = new KeyRecord
        {
            KeyId = new KeyId(commitment.AsSpan(0, KeyId.Size)), Tenant = "a", Kind = KeyKind.Index, Version = index.Version, State = KeyState.Active,
            CreatedAt = DateTimeOffset.UnixEpoch, Commitment = commitment, RowVersion = 1,
        };
        var held = new IndexKey(record, new SecretMemory(0, static _ => { }).Copy(key), provider.OpenMac);
        try
        {
            byte[] value = new byte[(bits + 7) / 8];
            held.PoolFor(index).Compute(message, bits, value);
            return value;
        }
        finally
        {
            held.Close();
        }
    }

    /// <summary>What is authenticated of a value; null where it has nothing to index.</summary>
    public static byte[]? MessageOf<T>(IndexDefinition index, T value)
    {
        var buffer = new PlainBuffer(stackalloc byte[16]);
        try
        {
            return IndexEncoding.TryWrite(index, value, ValueCodecs.For<T>(), s_normalisers.Get(index.Normaliser), ref buffer) ? buffer.Written.ToArray() : null;
        }
        finally
        {
            buffer.Dispose();
        }
    }

    public static byte[] MessageOf(IndexDefinition index, params IndexPart[] parts)
    {
        var buffer = new PlainBuffer(stackalloc byte[16]);
        try
        {
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i].AppendTo(ref buffer, index, s_normalisers.Get(index.NormaliserOfPart[i]));
            }

            return buffer.Written.ToArray();
        }
        finally
        {
            buffer.Dispose();
        }
    }

    public static string Form(string normaliser, string text) => s_normalisers.Get(normaliser)?.Normalise(text) ?? text;
}
