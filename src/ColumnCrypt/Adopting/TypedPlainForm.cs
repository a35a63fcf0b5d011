using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.Adopting;

/// <summary>The plaintext of a column whose property is a <typeparamref name="T"/>.</summary>
/// <param name="codec">The codec of the encrypted column.</param>
/// <param name="read">From what the database's client gives.</param>
/// <param name="write">To what it takes: text where the second argument is true.</param>
/// <param name="same">Whether two values are one as far as the column tells them apart.</param>
internal sealed class TypedPlainForm<T>(ValueCodec<T> codec, Func<object, T> read, Func<T, bool, object> write, Func<T, T, bool> same) : PlainForm
{
    internal override string Codec => codec.Name;

    internal override long UsesOf(object plain)
    {
        byte[] encoded = codec.Encode(Read(plain));
        CryptographicOperations.ZeroMemory(encoded);
        return UseBudget.UsesOf(encoded.Length);
    }

    internal override byte[] Encrypt(KeyRingLease lease, string purpose, object plain) => lease.Encrypt(purpose, Read(plain), codec);

    internal override bool Holds(KeyRingLease lease, string purpose, byte[] ciphertext, object plain) => same(lease.Decrypt(purpose, ciphertext, codec), Read(plain));

    internal override byte[]? Index(KeyRingLease lease, IndexDefinition definition, object plain) => lease.Index(definition, Read(plain), codec, IndexUse.Write);

    internal override object Decrypt(KeyRingLease lease, string purpose, byte[] ciphertext, bool asText) => Write(lease.Decrypt(purpose, ciphertext, codec), asText);

    private object Write(T value, bool asText)
    {
        try
        {
            return write(value, asText);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new FormatException($"Its value, in the encoding '{codec.Name}', cannot be written as plaintext.");
        }
    }

    // Whatever the application's own conversion throws is about the row.
    private T Read(object plain)
    {
        try
        {
            return read(plain);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Without the cause: its message may hold the value.
            throw new FormatException($"Its plaintext, a {plain.GetType().Name} to the database's client, is none in the encoding '{codec.Name}'.");
        }
    }
}
