using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.Adopting;

/// <summary>
/// How the plaintext of an adopted column stands in the database: what its values are in the codec of the column. Immutable, thread-safe where its
/// functions are.
/// </summary>
public abstract class PlainForm
{
    private protected PlainForm()
    {
    }

    /// <summary>Makes the form of a column that the application converts, or encodes, in its own way.</summary>
    /// <typeparam name="T">The CLR type of the property.</typeparam>
    /// <param name="codec">The codec of the encrypted column.</param>
    /// <param name="read">
    /// A value of the property, from what the database's client gives for one of the column; never null. A row of which it throws is left and reported.
    /// </param>
    /// <param name="write">What the database's client takes for the column; on PostgreSQL, text that PostgreSQL can cast to the column's type, or bytes for <c>bytea</c>.</param>
    public static PlainForm Of<T>(ValueCodec<T> codec, Func<object, T> read, Func<T, object> write)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(write);
        return new TypedPlainForm<T>(codec, read, (value, _) => write(value), (one, other) => AreSame(codec, one, other));
    }

    /// <summary>The name of the codec.</summary>
    internal abstract string Codec { get; }

    /// <summary>How many uses of a key a value takes.</summary>
    internal abstract long UsesOf(object plain);

    /// <exception cref="FormatException">The value cannot be one of the type.</exception>
    internal abstract byte[] Encrypt(KeyRingLease lease, string purpose, object plain);

    /// <summary>True where the ciphertext holds what the plaintext does, as exactly as its column can.</summary>
    internal abstract bool Holds(KeyRingLease lease, string purpose, byte[] ciphertext, object plain);

    internal abstract byte[]? Index(KeyRingLease lease, IndexDefinition definition, object plain);

    /// <summary>The plaintext of a ciphertext, as the database takes it.</summary>
    internal abstract object Decrypt(KeyRingLease lease, string purpose, byte[] ciphertext, bool asText);

    // By what is encrypted of them: not every type says of two values that they are equal.
    private static bool AreSame<T>(ValueCodec<T> codec, T one, T other)
    {
        byte[] first = codec.Encode(one);
        byte[] second = codec.Encode(other);
        bool same = first.AsSpan().SequenceEqual(second);
        CryptographicOperations.ZeroMemory(first);
        CryptographicOperations.ZeroMemory(second);
        return same;
    }
}
