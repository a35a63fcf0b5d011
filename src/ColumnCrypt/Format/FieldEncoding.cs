using System.Buffers.Binary;
using System.Text;

namespace ColumnCrypt.Format;

/// <summary>
/// The one encoding of a list of fields, used for KDF contexts, wrap contexts and row macs: each field as its length in bytes
/// (u32, big-endian) followed by its bytes. Injective, so two different lists never encode alike (docs/SPEC.md, section 2).
/// </summary>
internal sealed class FieldEncoding
{
    private const int LengthSize = 4;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private byte[] _bytes = new byte[128];
    private int _length;

    /// <summary>What was encoded so far; valid until the next field is added.</summary>
    public ReadOnlySpan<byte> Encoded => _bytes.AsSpan(0, _length);

    public FieldEncoding Add(ReadOnlySpan<byte> field)
    {
        field.CopyTo(NewField(field.Length));
        return this;
    }

    public FieldEncoding Add(string field)
    {
        s_utf8.GetBytes(field, NewField(s_utf8.GetByteCount(field)));
        return this;
    }

    public FieldEncoding Add(KeyId id)
    {
        id.CopyTo(NewField(KeyId.Size));
        return this;
    }

    public FieldEncoding Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return Add(bytes);
    }

    /// <summary>An absent value: a present one is prefixed by 01, an absent one is the single byte 00.</summary>
    public FieldEncoding AddOptional(string? field) => field is null ? Add([0]) : Add([1, .. s_utf8.GetBytes(field)]);

    /// <inheritdoc cref="AddOptional(string?)"/>
    /// <remarks>A time is its milliseconds since 1970-01-01T00:00:00Z as an i64, big-endian.</remarks>
    public FieldEncoding AddOptional(DateTimeOffset? time) => AddOptional(time?.ToUnixTimeMilliseconds());

    /// <inheritdoc cref="AddOptional(string?)"/>
    public FieldEncoding AddOptional(long? number)
    {
        if (number is null)
        {
            return Add([0]);
        }

        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = 1;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number.Value);
        return Add(bytes);
    }

    /// <inheritdoc cref="AddOptional(string?)"/>
    public FieldEncoding AddOptional(byte[]? field) => field is null ? Add([0]) : Add([1, .. field]);

    public FieldEncoding Add(DateTimeOffset time) => Add(time.ToUnixTimeMilliseconds());

    public byte[] ToArray() => Encoded.ToArray();

    private Span<byte> NewField(int size)
    {
        int needed = checked(_length + LengthSize + size);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, checked(2 * _bytes.Length)));
        }

        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_length), size);
        _length = needed;
        return _bytes.AsSpan(needed - size, size);
    }
}
