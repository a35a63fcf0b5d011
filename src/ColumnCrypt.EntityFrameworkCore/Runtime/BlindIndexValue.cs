using System.ComponentModel;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// What the shadow property of a blind index holds: the bytes that are stored, or a plaintext value whose bytes are computed when EF builds the
/// command, so that neither tenant nor value is part of a cached query. Public so that compiled models and queries can name it; not meant to be
/// called by applications. Immutable, thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BlindIndexValue : IEquatable<BlindIndexValue>
{
    private readonly byte[]? _stored;
    private readonly object? _plain;
    private readonly IndexUse _use;
    private readonly AskedToken? _token;
    private readonly int? _bucket;

    private BlindIndexValue(int bucket)
    {
        _bucket = bucket;
        _use = IndexUse.Query;
    }

    private BlindIndexValue(byte[]? stored, object? plain, IndexUse use, AskedToken? token = null)
    {
        _stored = stored;
        _plain = plain;
        _use = use;
        _token = token;
    }

    /// <summary>Compared with stored values, it equals none.</summary>
    internal static BlindIndexValue Nothing { get; } = new(null, null, IndexUse.Query);

    /// <summary>What a row holds.</summary>
    /// <param name="bytes">The index value.</param>
    public static BlindIndexValue Stored(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(bytes, null, IndexUse.Query);
    }

    /// <summary>True where a plaintext value is to be indexed.</summary>
    /// <param name="value">The value; never null.</param>
    public static bool IsPlain(BlindIndexValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value._plain is not null;
    }

    /// <summary>The plaintext value, or the default where there is none.</summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="value">The value; never null.</param>
    public static T PlainOf<T>(BlindIndexValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value._plain is null ? default! : (T)value._plain;
    }

    /// <summary>Computes the bytes for the command that EF is building on this thread.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    /// <param name="value">The value; never null.</param>
    /// <param name="plain">Its plaintext, as the property's own converter makes it.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="kind">The kind of index.</param>
    /// <param name="normaliser">The normaliser.</param>
    /// <param name="version">The index version.</param>
    /// <param name="bits">The bits that are kept.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <returns>The bytes; null where the value has nothing to index.</returns>
    /// <exception cref="ColumnCryptException">No command is being built here.</exception>
    public static byte[]? Seal<T>(BlindIndexValue value, T? plain, string purpose, string kind, string normaliser, int version, int bits, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value._stored is not null)
        {
            return value._stored;
        }

        var keys = KeysFor(purpose, tenant);
        return value._bucket is { } bucket
            ? keys.IndexBucket(ContextWindow.Current.IndexOf(purpose, kind, normaliser, version, bits), bucket, value._use)
            : value._plain is null
            ? [] // no stored value is this short
            : keys.Index(ContextWindow.Current.IndexOf(purpose, kind, normaliser, version, bits), plain, CodecOf<T>.Instance, value._use);
    }

    /// <summary>One of the plaintext values of a composite index; never null.</summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="value">The value; never null.</param>
    /// <param name="index">The number of the part, from 0.</param>
    public static T PartAt<T>(BlindIndexValue value, int index)
    {
        ArgumentNullException.ThrowIfNull(value);
        return (T)((object?[])value._plain!)[index]!;
    }

    /// <summary>A part of a composite index, as the property's own converter makes it.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    /// <param name="plain">The value.</param>
    public static IndexPart Part<T>(T plain) => IndexPart.Of(plain, CodecOf<T>.Instance);

    /// <summary>As <see cref="Seal"/>, of a composite index.</summary>
    /// <param name="value">The value; never null.</param>
    /// <param name="parts">Its parts; null where there is no plaintext.</param>
    /// <param name="purpose">The purpose of the index.</param>
    /// <param name="kind">The kind of index.</param>
    /// <param name="normaliser">The normalisers of the parts.</param>
    /// <param name="version">The index version.</param>
    /// <param name="bits">The bits that are kept.</param>
    /// <param name="tenant">The tenant of columns that have a constant one, else null.</param>
    /// <exception cref="ColumnCryptException">No command is being built here.</exception>
    public static byte[]? SealComposite(BlindIndexValue value, IndexPart[]? parts, string purpose, string kind, string normaliser, int version, int bits, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value._stored is not null)
        {
            return value._stored;
        }

        var keys = KeysFor(purpose, tenant);
        return parts is null ? [] : keys.Index(ContextWindow.Current.IndexOf(purpose, kind, normaliser, version, bits), parts, value._use);
    }

    /// <summary>Computes the token that a text index is asked for, for the command that EF is building on this thread.</summary>
    /// <param name="value">The value; never null. A plaintext one says itself which token of its text it stands for.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="version">The index version.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <exception cref="ColumnCryptException">No command is being built here.</exception>
    public static byte[] SealToken(BlindIndexValue value, string purpose, int version, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value._stored is not null)
        {
            return value._stored;
        }

        var keys = KeysFor(purpose, tenant);
        return value is { _token: { } token, _plain: string text }
            ? token.Compute(keys, ContextWindow.Current.IndexOf(purpose, token.Kind, token.Normaliser, version, token.Bits), text)
            : throw new EncryptedQueryException($"The query compares a token of '{purpose}' with something else than one.");
    }

    /// <inheritdoc/>
    public bool Equals(BlindIndexValue? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _token == other._token && _bucket == other._bucket && (_bucket is not null || (_stored is not null ? other._stored is not null && _stored.AsSpan().SequenceEqual(other._stored) : _plain is not null && Equals(_plain, other._plain))));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BlindIndexValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_stored is null)
        {
            return _plain?.GetHashCode() ?? _bucket ?? 0;
        }

        var hash = new HashCode();
        hash.AddBytes(_stored);
        return hash.ToHashCode();
    }

    private static KeyRingLease KeysFor(string purpose, string? tenant) => ContextWindow.Current.Writer is { } scope
        ? scope.KeysOf(tenant)
        : throw new ColumnCryptException(
            $"A value of '{purpose}' is to be indexed outside a command: EF's literals, ToQueryString and CreateDbCommand cannot do that. Run the query instead.");

    /// <summary>Of the values of a composite index, in order: none where one is null.</summary>
    internal static BlindIndexValue? ToStore(object?[] parts) => Array.Exists(parts, static part => part is null) ? null : new BlindIndexValue(null, parts, IndexUse.Write);

    /// <inheritdoc cref="ToStore(object?[])"/>
    internal static BlindIndexValue? ToFind(object?[] parts) => Array.Exists(parts, static part => part is null) ? null : new BlindIndexValue(null, parts, IndexUse.Query);

    internal static BlindIndexValue? ToStore(object? plain) => plain is null ? null : new BlindIndexValue(null, plain, IndexUse.Write);

    internal static BlindIndexValue? ToFind(object? plain) => plain is null ? null : new BlindIndexValue(null, plain, IndexUse.Query);

    /// <summary>To find the rows of a bucket.</summary>
    internal static BlindIndexValue ToFindBucket(int bucket) => new(bucket);

    internal static BlindIndexValue ToFind(string text, AskedToken token) => new(null, text, IndexUse.Query, token);
}
