using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>Makes one value of the two columns of an adopted property, as its state says. What the shapers of adopting models call; stateless, thread-safe.</summary>
internal static class AdoptedValue
{
    /// <summary>Comes before the column of ciphertext is read: where the plaintext is believed, that one may be empty.</summary>
    public static AdoptionModes Begin(QueryContext context, int ordinal)
    {
        var modes = ModesOf(context)
            ?? throw new EncryptedQueryException("An adopted column is read by a query that ColumnCrypt has not compiled, so that its state is not known. Run the query through its context.");
        if (modes.IsPlainLeading(ordinal))
        {
            ContextWindow.Current.ExpectEmpty(modes);
        }

        return modes;
    }

    /// <summary>The value that leads.</summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="modes">What <see cref="Begin"/> gave.</param>
    /// <param name="ordinal">The number of the column.</param>
    /// <param name="decrypted">What the column of ciphertext holds; the default where that is NULL or empty.</param>
    /// <param name="plaintext">What the column of plaintext holds.</param>
    /// <exception cref="CiphertextInvalidException">The column holds other plaintext, and was cleared of it; or a value that must not be NULL is in neither column.</exception>
    public static T? Choose<T>(AdoptionModes modes, int ordinal, T? decrypted, object? plaintext)
    {
        if (modes.IsPlainLeading(ordinal))
        {
            var column = modes.ColumnAt(ordinal);
            if (ContextWindow.Current.EndExpectation() || !column.AreSame(decrypted, plaintext))
            {
                modes.Instance.CountPlaintextRead(column.Table, column.Column);
            }

            return plaintext is not null || (default(T) is null && column.Property.IsNullable)
                ? (T?)plaintext
                : throw Missing(column.PlainName, column.Name);
        }

        // A node that is on the way back already writes both. Before it is cleared, plaintext may be older than the ciphertext.
        return plaintext is null || !modes.IsCleared(ordinal) || modes.ColumnAt(ordinal).AreSame(decrypted, plaintext) ? decrypted : throw Downgraded(modes.ColumnAt(ordinal));
    }

    /// <summary>The modes of the query that is running; null where it has none.</summary>
    public static AdoptionModes? ModesOf(QueryContext context) => context.Parameters.TryGetValue(AdoptionModes.Parameter, out object? modes) ? (AdoptionModes?)modes : null;

    /// <summary>The error where the plaintext that leads is NULL, and the property takes no null.</summary>
    /// <param name="plaintext">The column of plaintext.</param>
    /// <param name="column">The column of ciphertext.</param>
    public static CiphertextInvalidException Missing(string plaintext, string column) => new(
        $"{plaintext} is NULL in a row where {column} is adopted from it, and the property takes no null. A version without plaintext has written it: see which versions of the application run, "
        + "then save the row's value through the version that adopts the column, which writes both.");

    private static CiphertextInvalidException Downgraded(AdoptedColumn column) => new(
        $"{column.PlainName} holds plaintext, and {column.Name} was cleared of it: an old version of the application has written it, or somebody else. "
        + "See which versions run; then save the row's value through this one, which sets the plaintext to NULL.");
}
