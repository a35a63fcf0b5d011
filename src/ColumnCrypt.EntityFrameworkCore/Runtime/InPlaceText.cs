using ColumnCrypt.Format;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// What stands in a column that stays text and is no ciphertext: plaintext, while the column is adopted in place, and else nothing. Text that begins
/// as a value in its text form does is never taken for plaintext. Stateless, thread-safe.
/// </summary>
internal static class InPlaceText
{
    /// <summary>Plaintext that was read; it is counted.</summary>
    /// <param name="text">What the column holds.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="states">The states that the query found when it began; null where nothing is adopted.</param>
    /// <exception cref="CiphertextInvalidException">The column must hold no plaintext.</exception>
    public static string Read(string text, string purpose, AdoptionModes? states)
    {
        if (states?.InPlace(purpose) is not { } column)
        {
            throw new CiphertextInvalidException(
                $"A row of '{purpose}' holds plaintext, and its column holds values in their text form alone, '{TextForm.Prefix}…': an old version of the application has written it, or somebody else. See which versions run.");
        }

        if (!states.IsMixed(column))
        {
            throw new CiphertextInvalidException(
                $"A row of {column.Name} holds plaintext, which is refused: the column is encrypted, or the day by which its adoption was to be over has passed. See which versions of the application run, "
                + $"then run columncrypt adopt --column {column.Name}, or save the row's value anew.");
        }

        states.Instance.CountPlaintextRead(column.Table, column.Column);
        return text;
    }

    /// <summary>Plaintext that is to be written, on the way back.</summary>
    /// <exception cref="ColumnCryptException">It begins as a value in its text form does, and could not be told from one.</exception>
    public static string Write(string text, AdoptedColumn column) => text.StartsWith(TextForm.Prefix, StringComparison.Ordinal)
        ? throw new ColumnCryptException($"A value for {column.Name} begins with '{TextForm.Prefix}' and would be written as plaintext, where it could not be told from ciphertext: the column is on its way back to plaintext.")
        : text;

    /// <summary>The bytes of a value in its text form.</summary>
    /// <exception cref="CiphertextInvalidException">The text only begins so.</exception>
    public static byte[] Decode(string text, string purpose)
    {
        try
        {
            return TextForm.Decode(text);
        }
        catch (CiphertextInvalidException error)
        {
            throw new CiphertextInvalidException(
                $"A row of '{purpose}' begins with '{TextForm.Prefix}' and is no value in its text form: it was cut off, or it is plaintext that begins so, which cannot be told from one. Change it in the database.", error);
        }
    }
}
