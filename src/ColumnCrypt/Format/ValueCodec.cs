namespace ColumnCrypt.Format;

/// <summary>
/// The one canonical encoding of a CLR type (docs/SPEC.md, section 6). Thread-safe, stateless. Null never reaches a codec: it
/// stays NULL in the database.
/// </summary>
/// <typeparam name="T">The CLR type.</typeparam>
public abstract class ValueCodec<T> : IValueCodec
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <summary>Encodes into a new array, with room in front and behind for the frame of a value.</summary>
    /// <param name="value">The value; never null.</param>
    /// <param name="head">How many bytes to leave free in front.</param>
    /// <param name="tail">How many bytes to leave free behind.</param>
    /// <exception cref="ColumnCryptException">The value has no encoding (a lone surrogate) or is longer than 64 MiB.</exception>
    public abstract byte[] Encode(T value, int head = 0, int tail = 0);

    /// <summary>Encodes into memory of the caller's.</summary>
    /// <param name="value">The value; never null.</param>
    /// <param name="destination">Where the encoding goes; what it leaves there where it does not fit may be part of the plaintext.</param>
    /// <param name="written">The size of the encoding; 0 where it does not fit.</param>
    /// <returns>False where it does not fit.</returns>
    /// <exception cref="ColumnCryptException">As for <see cref="Encode"/>.</exception>
    /// <remarks>A codec that does not override this encodes into an array first, which is zeroed.</remarks>
    public virtual bool TryEncode(T value, Span<byte> destination, out int written)
    {
        byte[] encoded = Encode(value);
        bool fits = encoded.AsSpan().TryCopyTo(destination);
        written = fits ? encoded.Length : 0;
        Array.Clear(encoded);
        return fits;
    }

    /// <summary>
    /// At most as many bytes as <see cref="TryEncode"/> writes of this value, where encoding it elsewhere first costs less than measuring it to
    /// encode it in its place; else 0.
    /// </summary>
    internal virtual int DetourSizeOf(T value) => 0;

    /// <summary>Decodes.</summary>
    /// <param name="encoded">What <see cref="Encode"/> wrote, without head and tail.</param>
    /// <exception cref="FormatException">These bytes are not an encoding of a <typeparamref name="T"/>.</exception>
    public abstract T Decode(ReadOnlySpan<byte> encoded);
}
