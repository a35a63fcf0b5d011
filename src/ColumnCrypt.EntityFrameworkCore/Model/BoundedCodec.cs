using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The codec of a type, for a column that takes texts or arrays up to a length. Thread-safe.</summary>
internal sealed class BoundedCodec<T>(ValueCodec<T> inner, string purpose, int maxLength) : ValueCodec<T>
{
    public override string Name => inner.Name;

    /// <summary>The codec of a column.</summary>
    public static ValueCodec<T> Of(IReadOnlyProperty column) => EncryptionAnnotations.MaxLengthOf(column) is { } maxLength
        ? new BoundedCodec<T>(ValueCodecs.For<T>(), EncryptionAnnotations.PurposeOf(column)!, maxLength)
        : ValueCodecs.For<T>();

    public override byte[] Encode(T value, int head = 0, int tail = 0)
    {
        Check(value);
        return inner.Encode(value, head, tail);
    }

    public override bool TryEncode(T value, Span<byte> destination, out int written)
    {
        Check(value);
        return inner.TryEncode(value, destination, out written);
    }

    public override T Decode(ReadOnlySpan<byte> encoded) => inner.Decode(encoded);

    private void Check(T value)
    {
        int length = value switch
        {
            string text => text.Length,
            byte[] bytes => bytes.Length,
            _ => 0,
        };
        if (length > maxLength)
        {
            throw new ColumnCryptException($"'{purpose}' takes at most {maxLength} characters or bytes; the value has {length}.");
        }
    }
}
