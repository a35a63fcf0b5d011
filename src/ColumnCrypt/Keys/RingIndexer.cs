using System.Globalization;
using System.Runtime.CompilerServices;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>
/// Computes index values under the index keys of a ring (docs/SPEC.md, section 13). Thread-safe.
/// </summary>
/// <param name="ring">The ring.</param>
/// <param name="prepared">The versions whose keys were made or looked up when the ring was leased.</param>
/// <param name="normalisers">The normalisers of the instance.</param>
internal sealed class RingIndexer(KeyRing ring, IndexVersions prepared, IndexNormalisers normalisers)
{
    private const int StackLimit = 512;

    // Of the stack's memory only what was written is read.
    [SkipLocalsInit]
    public byte[]? Index<T>(IndexDefinition definition, T value, ValueCodec<T> codec, IndexUse use)
    {
        var buffer = new PlainBuffer(stackalloc byte[StackLimit]);
        try
        {
            return IndexEncoding.TryWrite(definition, value, codec, normalisers.Get(definition.Normaliser), ref buffer)
                ? Compute(definition, buffer.Written, use)
                : null;
        }
        finally
        {
            buffer.Dispose();
        }
    }

    /// <summary>As <see cref="Index{T}"/>, into memory of the caller's: the size of the value, 0 where there is none; null where it does not fit.</summary>
    [SkipLocalsInit]
    public int? IndexInto<T>(IndexDefinition definition, T value, ValueCodec<T> codec, IndexUse use, Span<byte> destination)
    {
        var buffer = new PlainBuffer(stackalloc byte[StackLimit]);
        try
        {
            if (!IndexEncoding.TryWrite(definition, value, codec, normalisers.Get(definition.Normaliser), ref buffer))
            {
                return 0;
            }

            if (destination.Length < definition.Size)
            {
                return null;
            }

            Compute(definition, buffer.Written, use, destination[..definition.Size]);
            return definition.Size;
        }
        finally
        {
            buffer.Dispose();
        }
    }

    public byte[] Index(IndexDefinition definition, IReadOnlyList<IndexPart> parts, IndexUse use)
    {
        if (definition.Parsed is not CompositeKind || parts.Count != definition.NormaliserOfPart.Length)
        {
            throw new EncryptionModelException(string.Create(
                CultureInfo.InvariantCulture, $"The index {definition} is not a composite one of {parts.Count} parts."));
        }

        var buffer = new PlainBuffer(stackalloc byte[StackLimit]);
        try
        {
            for (int i = 0; i < parts.Count; i++)
            {
                parts[i].AppendTo(ref buffer, definition, normalisers.Get(definition.NormaliserOfPart[i]));
            }

            return Compute(definition, buffer.Written, use);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    public IReadOnlyList<byte[]> Words(IndexDefinition definition, string text, IndexUse use)
    {
        if (definition.Parsed is not WordKind)
        {
            throw new EncryptionModelException($"The index {definition} is not one of words.");
        }

        var tokens = new List<byte[]>();
        string form = normalisers.Get(definition.Normaliser)?.Normalise(text) ?? text;
        var buffer = new PlainBuffer(stackalloc byte[StackLimit]);
        try
        {
            foreach (string word in TextWords.Of(form))
            {
                buffer.Write(word);
                tokens.Add(Compute(definition, buffer.Written, use));
            }
        }
        finally
        {
            buffer.Dispose();
        }

        return Distinct(definition, tokens);
    }

    public IReadOnlyList<byte[]> Tokens(IReadOnlyList<IndexDefinition> definitions, string text, IndexUse use)
    {
        List<byte[]> tokens = [];
        foreach (var definition in definitions)
        {
            if (definition.Parsed is WordKind)
            {
                tokens.AddRange(Words(definition, text, use));
            }
            else if (Index(definition, text, TextCodec.Instance, use) is { } token)
            {
                tokens.Add(token);
            }
        }

        // Cut off, prefixes of two lengths may have one token.
        return [.. tokens.DistinctBy(Convert.ToHexString)];
    }

    public IReadOnlyList<byte[]> Range<T>(IndexDefinition definition, T? from, T? to, int maxBuckets)
        where T : struct
    {
        var (first, count) = BucketsOf(definition).Between(from, to);
        if (count > maxBuckets)
        {
            throw new EncryptedQueryException(string.Create(
                CultureInfo.InvariantCulture,
                $"The comparison touches {count} buckets of {definition.Purpose}; a query may ask for {maxBuckets}. Narrow its range, make the buckets wider, or raise the bound."));
        }

        var tokens = new List<byte[]>(count);
        var buffer = new PlainBuffer(stackalloc byte[sizeof(int)]);
        try
        {
            for (int bucket = first; bucket < first + count; bucket++)
            {
                IndexEncoding.WriteNumber(bucket, ref buffer);
                tokens.Add(Compute(definition, buffer.Written, IndexUse.Query));
            }
        }
        finally
        {
            buffer.Dispose();
        }

        return Distinct(definition, tokens);
    }

    public byte[] Bucket(IndexDefinition definition, int bucket, IndexUse use)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bucket, BucketsOf(definition).Count);
        var buffer = new PlainBuffer(stackalloc byte[sizeof(int)]);
        try
        {
            IndexEncoding.WriteNumber(bucket, ref buffer);
            return Compute(definition, buffer.Written, use);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    private static RangeBuckets BucketsOf(IndexDefinition definition) => definition.Parsed is BucketKind kind
        ? kind.Buckets
        : throw new EncryptionModelException($"The index {definition} is not one of buckets.");

    private byte[] Compute(IndexDefinition definition, ReadOnlySpan<byte> message, IndexUse use)
    {
        byte[] value = new byte[definition.Size];
        Compute(definition, message, use, value);
        return value;
    }

    private void Compute(IndexDefinition definition, ReadOnlySpan<byte> message, IndexUse use, Span<byte> value) =>
        ring.Index(definition, message, use, isPrepared: use == IndexUse.Query && prepared.Queried.Contains(definition.Version), value);

    // Cut-off values of different words or buckets may be the same.
    private static IReadOnlyList<byte[]> Distinct(IndexDefinition definition, List<byte[]> tokens) =>
        definition.IsFull ? tokens : [.. tokens.DistinctBy(Convert.ToHexString)];
}
