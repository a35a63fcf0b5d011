using System.Buffers.Text;

namespace ColumnCrypt.Format;

/// <summary>
/// A value as text, for columns that must stay text: <c>cc1:</c> followed by the value in base64url (RFC 4648, section 5) without
/// padding. Canonical: one value has one text.
/// </summary>
public static class TextForm
{
    /// <summary>What every text form starts with.</summary>
    public const string Prefix = "cc1:";

    /// <summary>The text of a value.</summary>
    /// <param name="value">The bytes of the value.</param>
    public static string Encode(ReadOnlySpan<byte> value) => Prefix + Base64Url.EncodeToString(value);

    /// <summary>The value of a text.</summary>
    /// <param name="text">What <see cref="Encode"/> wrote.</param>
    /// <exception cref="CiphertextInvalidException">The text is not the canonical form of a value.</exception>
    public static byte[] Decode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            try
            {
                byte[] value = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
                if (Encode(value) == text)
                {
                    return value;
                }
            }
            catch (FormatException error)
            {
                throw Invalid(error);
            }
        }

        throw Invalid(null);
    }

    private static CiphertextInvalidException Invalid(Exception? error) => new(
        $"The text is not a ColumnCrypt value: '{Prefix}' and canonical base64url without padding are expected.", error);
}
