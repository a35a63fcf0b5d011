using ColumnCrypt.Format;

namespace ColumnCrypt.Search;

/// <summary>One value of a composite index. Immutable.</summary>
public abstract class IndexPart
{
    private IndexPart()
    {
    }

    /// <summary>Makes a part.</summary>
    /// <typeparam name="T">The CLR type, not nullable.</typeparam>
    /// <param name="value">The value, never null: a null part gives the composite index no value at all.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    public static IndexPart Of<T>(T value, ValueCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(codec);
        return new Part<T>(value, codec);
    }

    internal abstract void AppendTo(ref PlainBuffer fields, IndexDefinition definition, IIndexNormaliser? normaliser);

    private sealed class Part<T>(T value, ValueCodec<T> codec) : IndexPart
    {
        internal override void AppendTo(ref PlainBuffer fields, IndexDefinition definition, IIndexNormaliser? normaliser)
        {
            var buffer = new PlainBuffer(stackalloc byte[256]);
            try
            {
                IndexEncoding.WriteWhole(definition, value, codec, normaliser, ref buffer);
                fields.AppendField(buffer.Written);
            }
            finally
            {
                buffer.Dispose();
            }
        }
    }
}
