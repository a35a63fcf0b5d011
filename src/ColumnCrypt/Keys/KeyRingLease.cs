using ColumnCrypt.Format;
using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>
/// The keys of one tenant, and the uses granted for what is about to be encrypted: encrypts under the tenant's Active data key, decrypts under
/// every one whose state allows it, and computes index values under its index keys (docs/SPEC.md, sections 4, 5, 9 and 13). Keeps the keys in memory until disposed: a
/// ring evicted meanwhile is zeroed only after its last lease is gone. Thread-safe. Disposing twice is harmless.
/// </summary>
public sealed class KeyRingLease : IDisposable
{
    private readonly UseGrant? _grant;
    private readonly IndexVersions _indexes;
    private RingIndexer? _indexer;
    private int _disposed;

    internal KeyRingLease(KeyRing ring, UseGrant? grant, IndexVersions indexes)
    {
        Ring = ring;
        _grant = grant;
        _indexes = indexes;
    }

    /// <summary>The tenant.</summary>
    public string Tenant => Ring.Tenant;

    internal KeyRing Ring { get; }

    private RingIndexer Indexer => _indexer ??= Ring.IndexerFor(_indexes);

    /// <summary>Encrypts one value. Allocates the result alone.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value; never null.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <returns>The value as it is stored: 45 bytes longer than its encoding.</returns>
    /// <exception cref="ColumnCryptException">The value has no encoding, or is longer than 64 MiB.</exception>
    /// <exception cref="KeyUnavailableException">No key may encrypt now.</exception>
    /// <remarks>
    /// Takes the uses that were asked for with the lease. Where they are spent, or the key that they are of may not encrypt any more, and
    /// this node has none of another key at hand, the thread blocks once to reserve some; that is counted.
    /// </remarks>
    public byte[] Encrypt<T>(string purpose, T value, ValueCodec<T> codec) => Ring.Encrypt(_grant, purpose, value, codec);

    /// <summary>As <see cref="Encrypt"/>, into memory of the caller's. Allocates nothing.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value; never null.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <param name="destination">Where the value goes. Nothing of the plaintext is left in it, whatever happens.</param>
    /// <param name="written">The size of the value: 45 bytes more than its encoding; 0 where it does not fit.</param>
    /// <returns>False where <paramref name="destination"/> is too small.</returns>
    /// <exception cref="ColumnCryptException">As for <see cref="Encrypt"/>.</exception>
    public bool TryEncrypt<T>(string purpose, T value, ValueCodec<T> codec, Span<byte> destination, out int written) =>
        Ring.TryEncrypt(_grant, purpose, value, codec, destination, out written);

    /// <summary>Decrypts one value.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value as it is stored.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <exception cref="CiphertextInvalidException">The value was not written for this column, or was changed.</exception>
    /// <exception cref="TenantMismatchException">The value is another tenant's. Raised before any plaintext exists.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The key may not, or cannot, be used now.</exception>
    public T Decrypt<T>(string purpose, ReadOnlySpan<byte> value, ValueCodec<T> codec) => Ring.Decrypt(purpose, value, codec);

    /// <summary>Computes the index value of one value. Allocates the result alone where no normaliser makes another text.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="definition">The index; of any kind but <c>word</c> and <c>composite</c>.</param>
    /// <param name="value">The value; null gives null.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones.</param>
    /// <returns>
    /// <see cref="IndexDefinition.Size"/> bytes; null where there is nothing to index: the value is null, too short for the part, without a
    /// domain, or NaN for a bucket. Null is stored as NULL and equals nothing.
    /// </returns>
    /// <exception cref="EncryptionModelException">The kind or the normaliser does not fit the type, or is not known here.</exception>
    /// <exception cref="ColumnCryptException">The value has no encoding (a lone surrogate).</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    /// <remarks>
    /// Where the lease was not acquired with this index version and the ring does not hold its key, the thread blocks once to make it (only for
    /// <see cref="IndexUse.Write"/>) or to look it up; that is counted. Two values that are equal to their type's <c>==</c> have one index value:
    /// the scale of a decimal, the kind of a <see cref="DateTime"/> and the offset of a <see cref="DateTimeOffset"/> do not count.
    /// </remarks>
    public byte[]? Index<T>(IndexDefinition definition, T? value, ValueCodec<T> codec, IndexUse use)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(codec);
        return value is null ? null : Indexer.Index(definition, value, codec, use);
    }

    /// <summary>As <see cref="Index{T}"/>, into memory of the caller's. Allocates nothing where no normaliser makes another text.</summary>
    /// <returns>The size of the value; 0 where there is nothing to index; null where it does not fit.</returns>
    internal int? IndexInto<T>(IndexDefinition definition, T? value, ValueCodec<T> codec, IndexUse use, Span<byte> destination) =>
        value is null ? 0 : Indexer.IndexInto(definition, value, codec, use, destination);

    /// <summary>Computes the value of a composite index.</summary>
    /// <param name="definition">The index, of kind <c>composite</c>.</param>
    /// <param name="parts">The values in the order of the index; null gives null, for a composite with a null part has no index value.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones.</param>
    /// <exception cref="EncryptionModelException">The parts are not those of the index.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    /// <inheritdoc cref="Index{T}" path="/remarks"/>
    public byte[]? Index(IndexDefinition definition, IReadOnlyList<IndexPart>? parts, IndexUse use)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return parts is null ? null : Indexer.Index(definition, parts, use);
    }

    /// <summary>Computes the tokens of the words of a text: see <see cref="TextWords"/>.</summary>
    /// <param name="definition">The index, of kind <c>word</c>.</param>
    /// <param name="text">The text; null has no words.</param>
    /// <param name="use">Whether they are stored, or compared with stored ones.</param>
    /// <returns>One token for each word, each once.</returns>
    /// <exception cref="EncryptionModelException">The index is of another kind.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    /// <inheritdoc cref="Index{T}" path="/remarks"/>
    public IReadOnlyList<byte[]> IndexWords(IndexDefinition definition, string? text, IndexUse use)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return text is null ? [] : Indexer.Words(definition, text, use);
    }

    /// <summary>Computes the tokens of a text index: those of several indexes together.</summary>
    /// <param name="definitions">The indexes, of any kind that is of text, but for <c>composite</c>.</param>
    /// <param name="text">The text; null has no tokens.</param>
    /// <param name="use">Whether they are stored, or compared with stored ones.</param>
    /// <returns>The tokens, each once.</returns>
    /// <exception cref="EncryptionModelException">An index is of another kind.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    /// <inheritdoc cref="Index{T}" path="/remarks"/>
    public IReadOnlyList<byte[]> IndexTokens(IReadOnlyList<IndexDefinition> definitions, string? text, IndexUse use)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        return text is null ? [] : Indexer.Tokens(definitions, text, use);
    }

    /// <summary>Computes the tokens of all buckets that a comparison touches; whoever reads the rows compares exactly after decryption.</summary>
    /// <typeparam name="T">The CLR type: see <see cref="RangeBuckets"/>.</typeparam>
    /// <param name="definition">The index, of kind <c>bucket:…</c>.</param>
    /// <param name="from">The lower bound; null for none.</param>
    /// <param name="to">The upper bound; null for none.</param>
    /// <param name="maxBuckets">How many buckets may be asked for.</param>
    /// <returns>The tokens, in the order of the buckets; none where nothing can lie between the bounds.</returns>
    /// <exception cref="EncryptedQueryException">The comparison touches more buckets.</exception>
    /// <exception cref="EncryptionModelException">The index is of another kind, or the type cannot be cut into buckets.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    public IReadOnlyList<byte[]> IndexRange<T>(IndexDefinition definition, T? from, T? to, int maxBuckets)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Indexer.Range(definition, from, to, maxBuckets);
    }

    /// <summary>Computes the token of one bucket.</summary>
    /// <param name="definition">The index, of kind <c>bucket:…</c>.</param>
    /// <param name="bucket">The number of the bucket, from 0.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    /// <exception cref="EncryptionModelException">The index is of another kind.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    /// <inheritdoc cref="Index{T}" path="/remarks"/>
    public byte[] IndexBucket(IndexDefinition definition, int bucket, IndexUse use)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Indexer.Bucket(definition, bucket, use);
    }

    /// <summary>Gives the ring back, and the uses that are left. The lease is not to be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _grant?.Return();
            Ring.Release();
        }
    }
}
