using System.Buffers.Binary;
using ColumnCrypt.Format;

namespace ColumnCrypt.Search;

/// <summary>The bytes of a value that an index authenticates (docs/SPEC.md, section 13). Thread-safe, stateless.</summary>
internal static class IndexEncoding
{
    /// <summary>Writes what is indexed of a value; false where it has none.</summary>
    public static bool TryWrite<T>(IndexDefinition definition, T value, ValueCodec<T> codec, IIndexNormaliser? normaliser, ref PlainBuffer buffer)
    {
        switch (definition.Parsed)
        {
            case EqualityKind:
                WriteWhole(definition, value, codec, normaliser, ref buffer);
                return true;
            case TextPartKind kind:
                if (!kind.TrySelect(Form(definition, value, normaliser), out var part))
                {
                    return false;
                }

                buffer.Write(part);
                return true;
            case YearKind:
                if (!YearKind.TryRead(value, out int year))
                {
                    throw Unfit<T>(definition);
                }

                WriteNumber(year, ref buffer);
                return true;
            case BucketKind kind:
                if (kind.Buckets.BucketOf(value) is not { } bucket)
                {
                    return false;
                }

                WriteNumber(bucket, ref buffer);
                return true;
            default:
                throw new EncryptionModelException($"The index of {definition.Purpose} is of kind {definition.Kind}, which has not one value for one value.");
        }
    }

    /// <summary>Writes a whole value: a text in its form, anything else as its codec does, once values that are equal are one.</summary>
    public static void WriteWhole<T>(IndexDefinition definition, T value, ValueCodec<T> codec, IIndexNormaliser? normaliser, ref PlainBuffer buffer)
    {
        if (value is string || normaliser is not null)
        {
            buffer.Write(Form(definition, value, normaliser));
        }
        else
        {
            buffer.Write(EqualValues.OneOf(value), codec);
        }
    }

    /// <summary>Writes a bucket or a year.</summary>
    public static void WriteNumber(int number, ref PlainBuffer buffer)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        buffer.Write(bytes);
    }

    private static string Form<T>(IndexDefinition definition, T value, IIndexNormaliser? normaliser) =>
        value is string text ? normaliser?.Normalise(text) ?? text : throw Unfit<T>(definition);

    private static EncryptionModelException Unfit<T>(IndexDefinition definition) => new(
        $"The index of {definition.Purpose} is of kind {definition.Kind} with the normaliser {definition.Normaliser}, which does not fit a {typeof(T).Name}.");
}
