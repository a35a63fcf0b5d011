using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.Columns;

/// <summary>
/// Encrypts and decrypts the values of one column of one tenant, and computes their blind indexes, outside Entity Framework: raw ADO.NET, Dapper,
/// COPY in and out. What it writes is what Entity Framework reads and finds, and the other way round. Made, and prepared, asynchronously; then every
/// call is synchronous and waits for nothing. Not thread-safe: one for each reader or writer. Dispose it: it holds the tenant's keys.
/// </summary>
/// <typeparam name="T">The CLR type of the column's values.</typeparam>
/// <remarks>
/// Null is no value: it stays NULL in the database. A cipher that lives long asks for its keys anew once a second, from the cache, so that a
/// change of their state and the stale limit hold for it as for everybody; where the cache has lost them, the thread blocks once, counted.
/// </remarks>
public sealed class ColumnCipher<T> : IDisposable
{
    private static readonly bool s_hasNull = default(T) is null;
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(1);
    private readonly Func<long, IndexVersions, KeyRingLease> _acquire;
    private readonly Func<long, IndexVersions, CancellationToken, ValueTask<KeyRingLease>> _acquireAsync;
    private readonly ValueCodec<T> _codec;
    private readonly CipherIndexes _indexes;
    private readonly TimeProvider _time;
    private KeyRingLease? _lease;
    private long _leasedAt;
    private long _planned;
    private bool _writes;
    private bool _asks;
    private bool _disposed;

    internal ColumnCipher(
        string tenant,
        string purpose,
        ValueCodec<T> codec,
        ColumnIndexes indexes,
        Func<long, IndexVersions, KeyRingLease> acquire,
        Func<long, IndexVersions, CancellationToken, ValueTask<KeyRingLease>> acquireAsync,
        TimeProvider time)
    {
        Tenant = tenant;
        Purpose = purpose;
        _codec = codec;
        Indexes = indexes;
        _indexes = CipherIndexes.Of(purpose, typeof(T), indexes);
        _acquire = acquire;
        _acquireAsync = acquireAsync;
        _time = time;
    }

    /// <summary>The tenant.</summary>
    public string Tenant { get; }

    /// <summary>The purpose of the column.</summary>
    public string Purpose { get; }

    /// <summary>The blind indexes that it computes.</summary>
    public ColumnIndexes Indexes { get; }

    internal IEnumerable<IndexDefinition> Definitions => _indexes.Definitions;

    /// <summary>
    /// Waits for the keys, those of the blind indexes too, and reserves uses, so that what follows waits for nothing. To be called between batches
    /// where not all values are known at the start.
    /// </summary>
    /// <param name="values">
    /// How many values are about to be written, one of more than 64 KiB counting once for each 64 KiB begun; 0 where they are only decrypted or looked
    /// up. With 1 or more, index keys that the tenant has not yet are made.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="KeyUnavailableException">The keys cannot be used now.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed and <paramref name="values"/> is not 0.</exception>
    public async ValueTask PrepareAsync(long values, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(values);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _planned = values;
        _writes = values > 0;
        try
        {
            Replace(await _acquireAsync(values, _writes ? _indexes.ToWrite : _indexes.ToRead, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>Encrypts a value. Allocates the result alone.</summary>
    /// <param name="value">The value; never null.</param>
    /// <returns>The value as it is stored: 45 bytes longer than its encoding.</returns>
    /// <exception cref="ColumnCryptException">The value has no encoding, or is longer than 64 MiB.</exception>
    /// <exception cref="KeyUnavailableException">No key may encrypt now.</exception>
    public byte[] Encrypt(T value)
    {
        ThrowIfNull(value);
        byte[] result = Lease().Encrypt(Purpose, value, _codec);
        Count(result.Length);
        return result;
    }

    /// <summary>Encrypts a value into memory of the caller's. Allocates nothing.</summary>
    /// <param name="value">The value; never null.</param>
    /// <param name="destination">Where it goes. Nothing of the plaintext is left in it, whatever happens.</param>
    /// <param name="written">The size of the stored value; 0 where it does not fit.</param>
    /// <returns>False where <paramref name="destination"/> is too small: 45 bytes more than the encoding are needed, which for text is UTF-8.</returns>
    /// <exception cref="ColumnCryptException">As for <see cref="Encrypt(T)"/>.</exception>
    public bool TryEncrypt(T value, Span<byte> destination, out int written)
    {
        ThrowIfNull(value);
        bool fits = Lease().TryEncrypt(Purpose, value, _codec, destination, out written);
        if (fits)
        {
            Count(written);
        }

        return fits;
    }

    /// <summary>Computes the blind index of a value, to be stored beside it. Allocates the result alone where no normaliser makes another text.</summary>
    /// <param name="value">The value; null gives null.</param>
    /// <param name="column">The index column; null where there is only one.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones: <c>WHERE "Ssn_bi" = @index</c>.</param>
    /// <returns>
    /// The index value; null where there is nothing to index, because the value is null or has no such part. It is stored as NULL, and equals nothing.
    /// </returns>
    /// <exception cref="EncryptionModelException">The column has no such index, or the index does not fit the type.</exception>
    /// <exception cref="ColumnCryptException">
    /// The value has no encoding; or it is to be stored, and the cipher was prepared for no values.
    /// </exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The index key may not, or cannot, be used now.</exception>
    public byte[]? BlindIndex(T? value, string? column = null, IndexUse use = IndexUse.Write) =>
        Lease(use).Index(_indexes.InColumn(column, isComposite: false), value, _codec, use);

    /// <summary>
    /// Computes the blind index of a value into memory of the caller's. Allocates nothing where no normaliser makes another text, and no bucket is counted.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="destination">Where it goes: <see cref="IndexDefinition.Size"/> bytes, 32 of an index that keeps all bits.</param>
    /// <param name="written">The size of the index value; 0 where there is nothing to index, which is stored as NULL, or where it does not fit.</param>
    /// <param name="column">The index column; null where there is only one.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones.</param>
    /// <returns>False where <paramref name="destination"/> is too small.</returns>
    /// <inheritdoc cref="BlindIndex" path="/exception"/>
    public bool TryBlindIndex(T? value, Span<byte> destination, out int written, string? column = null, IndexUse use = IndexUse.Write)
    {
        int? size = Lease(use).IndexInto(_indexes.InColumn(column, isComposite: false), value, _codec, use, destination);
        written = size.GetValueOrDefault();
        return size is not null;
    }

    /// <summary>A value as a part of a composite index; null of null.</summary>
    /// <param name="value">The value.</param>
    public IndexPart? Part(T? value) => value is null ? null : IndexPart.Of(value, _codec);

    /// <summary>Computes the value of a composite index, which the cipher of its first column has.</summary>
    /// <param name="parts">What <see cref="Part"/> of each column's cipher gives, in the order of the index.</param>
    /// <param name="column">The index column; null where there is only one composite index.</param>
    /// <param name="use">Whether it is stored, or compared with stored ones.</param>
    /// <returns>The index value; null where one of the parts is null.</returns>
    /// <inheritdoc cref="BlindIndex" path="/exception"/>
    public byte[]? CompositeIndex(IReadOnlyList<IndexPart?> parts, string? column = null, IndexUse use = IndexUse.Write)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Lease(use).Index(_indexes.InColumn(column, isComposite: true), (parts.Any(static part => part is null) ? null : parts)!, use);
    }

    /// <summary>Computes the tokens of a text, one for each row of its table of tokens.</summary>
    /// <param name="value">The text; null has none.</param>
    /// <param name="table">The table of tokens; null where there is only one.</param>
    /// <param name="use">Whether they are stored, or compared with stored ones.</param>
    /// <returns>The tokens, each once.</returns>
    /// <inheritdoc cref="BlindIndex" path="/exception"/>
    public IReadOnlyList<byte[]> Tokens(T? value, string? table = null, IndexUse use = IndexUse.Write) =>
        Lease(use).IndexTokens(_indexes.InTable(table), value as string, use);

    /// <summary>Decrypts a value.</summary>
    /// <param name="value">The value as it is stored.</param>
    /// <exception cref="CiphertextInvalidException">It was not written for this column, or was changed.</exception>
    /// <exception cref="TenantMismatchException">It is another tenant's. Raised before any plaintext exists.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The key may not, or cannot, be used now.</exception>
    public T Decrypt(ReadOnlySpan<byte> value) => Lease().Decrypt(Purpose, value, _codec);

    /// <summary>Encrypts a batch of one column's values; null stays null.</summary>
    /// <param name="values">The values.</param>
    /// <param name="results">As long as <paramref name="values"/>. Where one value fails, those before it are filled.</param>
    /// <exception cref="ArgumentException">The two are not of one length.</exception>
    /// <exception cref="ColumnCryptException">As for <see cref="Encrypt(T)"/>.</exception>
    public void Encrypt(ReadOnlySpan<T?> values, Span<byte[]?> results)
    {
        ThrowIfUnequal(values.Length, results.Length);
        for (int i = 0; i < values.Length; i++)
        {
            results[i] = values[i] is { } value ? Encrypt(value) : null;
        }
    }

    /// <summary>Decrypts a batch of one column's values; null stays null.</summary>
    /// <param name="values">The values as they are stored.</param>
    /// <param name="results">As long as <paramref name="values"/>. Where one value fails, those before it are filled.</param>
    /// <exception cref="ArgumentException">The two are not of one length.</exception>
    /// <exception cref="ColumnCryptException">As for <see cref="Decrypt(ReadOnlySpan{byte})"/>.</exception>
    public void Decrypt(ReadOnlySpan<byte[]?> values, Span<T?> results)
    {
        ThrowIfUnequal(values.Length, results.Length);
        for (int i = 0; i < values.Length; i++)
        {
            results[i] = values[i] is { } value ? Decrypt(value) : default;
        }
    }

    /// <summary>Decrypts a column of the row at which a reader stands.</summary>
    /// <param name="reader">The reader, on a row.</param>
    /// <param name="ordinal">The number of the column, from 0.</param>
    /// <returns>The value; <c>default</c> where the column is NULL.</returns>
    /// <exception cref="ColumnCryptException">As for <see cref="Decrypt(ReadOnlySpan{byte})"/>.</exception>
    [return: MaybeNull]
    public T Read(DbDataReader reader, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.IsDBNull(ordinal) ? default : Decrypt(reader.GetFieldValue<byte[]>(ordinal));
    }

    /// <summary>Gives the keys back. Doing it twice is harmless.</summary>
    public void Dispose()
    {
        _disposed = true;
        GiveBack();
    }

    // What is only asked makes no index key: to be stored, a value needs one that is there for sure.
    private KeyRingLease Lease(IndexUse use)
    {
        _asks |= use == IndexUse.Query;
        return _writes || use == IndexUse.Query
            ? Lease()
            : throw new ColumnCryptException(
                $"An index of '{Purpose}' is to be stored, and the cipher was prepared for no values: say how many with PrepareAsync. To look rows up, ask with IndexUse.Query.");
    }

    private KeyRingLease Lease()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_lease is { } lease && _time.GetElapsedTime(_leasedAt) < s_renewal)
        {
            return lease;
        }

        try
        {
            // An index key that is not there is looked up in the key store: not for a cipher that only decrypts.
            return Replace(_acquire(_planned, _writes ? _indexes.ToWrite : _asks ? _indexes.ToRead : IndexVersions.None));
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    // The old lease is held until the new one is there, so that the cache does not evict the ring in between.
    private KeyRingLease Replace(KeyRingLease lease)
    {
        GiveBack();
        _lease = lease;
        _leasedAt = _time.GetTimestamp();
        return lease;
    }

    private void GiveBack()
    {
        _lease?.Dispose();
        _lease = null;
    }

    private void Count(int size)
    {
        if (_planned > 0)
        {
            _planned = Math.Max(0, _planned - UseBudget.UsesOf(size - ValueFrame.Overhead));
        }
    }

    // ArgumentNullException.ThrowIfNull would box a value type.
    private static void ThrowIfNull(T value)
    {
        if (s_hasNull && value is null)
        {
            throw new ArgumentNullException(nameof(value), "Null is not encrypted: it stays NULL.");
        }
    }

    private static void ThrowIfUnequal(int values, int results)
    {
        if (values != results)
        {
            throw new ArgumentException($"{values} values are given, and room for {results} results.");
        }
    }
}
